// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// A terminal without a screen: what is typed here is read there.
struct PseudoTerminal: ~Copyable {
    let near: Descriptor
    let far: Descriptor

    // ioctl_tty(2): TIOCGPTN and TIOCSPTLCK.
    private static let getNumber: UInt = 0x8004_5430
    private static let setLock: UInt = 0x4004_5431

    init() throws {
        let near = try Descriptor(path: "/dev/ptmx", flags: O_RDWR | O_NOCTTY)
        var number: CInt = 0
        var locked: CInt = 0
        guard unsafe ioctl(near.borrowed, Self.getNumber, &number) == 0,
            unsafe ioctl(near.borrowed, Self.setLock, &locked) == 0
        else { throw SystemCallError(call: "ioctl(TIOCGPTN)", code: errno) }
        far = try Descriptor(path: "/dev/pts/\(number)", flags: O_RDWR | O_NOCTTY)
        self.near = near
    }

    borrowing func type(_ text: String) throws {
        try near.writeAll(Array(text.utf8))
    }

    /// The flags that say how keys and output are treated.
    borrowing func mode() throws -> [tcflag_t] {
        var mode = termios()
        guard unsafe tcgetattr(far.borrowed, &mode) == 0 else { throw SystemCallError(call: "tcgetattr", code: errno) }
        return [mode.c_iflag, mode.c_oflag, mode.c_lflag, mode.c_cflag]
    }
}
