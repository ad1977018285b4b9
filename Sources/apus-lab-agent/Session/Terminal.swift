// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import LabWire

/// A pseudo-terminal.
struct Terminal {
    /// This side's descriptor.
    let master: CInt
    /// The other side's device.
    let path: String

    init(_ size: TerminalSize) throws(AgentError) {
        master = unsafe open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw AgentError.system("/dev/pts/ptmx") }
        var number: CInt = 0
        var unlocked: CInt = 0
        let unlock: UInt = 0x4004_5431  // TIOCSPTLCK
        let getNumber: UInt = 0x8004_5430  // TIOCGPTN
        guard unsafe ioctl(master, unlock, &unlocked) == 0, unsafe ioctl(master, getNumber, &number) == 0 else {
            throw AgentError.system("pseudo-terminal")
        }
        path = "/dev/pts/\(number)"
        Self.resize(master, size)
    }

    /// Changes the size; the kernel tells the foreground process group.
    static func resize(_ master: CInt, _ size: TerminalSize) {
        var window = winsize(ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &window)
    }
}
