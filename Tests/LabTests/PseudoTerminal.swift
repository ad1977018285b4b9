// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// A pseudo-terminal that a test types into and reads from.
final class PseudoTerminal {
    let master: Descriptor
    let slave: Descriptor
    private(set) var seen = ""

    init(rows: UInt16, columns: UInt16) throws {
        let master = try Descriptor(path: "/dev/ptmx", flags: O_RDWR | O_NOCTTY)
        var number: CInt = 0
        var unlocked: CInt = 0
        _ = unsafe ioctl(master.borrowed, 0x4004_5431, &unlocked)
        _ = unsafe ioctl(master.borrowed, 0x8004_5430, &number)
        slave = try Descriptor(path: "/dev/pts/\(number)", flags: O_RDWR | O_NOCTTY)
        self.master = master
        resize(rows: rows, columns: columns)
    }

    func resize(rows: UInt16, columns: UInt16) {
        var window = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master.borrowed, UInt(TIOCSWINSZ), &window)
    }

    /// The terminal's modes: input, output, control and local flags.
    var flags: [UInt32] {
        var mode = termios()
        unsafe tcgetattr(slave.borrowed, &mode)
        return [mode.c_iflag, mode.c_oflag, mode.c_cflag, mode.c_lflag]
    }

    func type(_ text: String) throws {
        try master.writeAll(Array(text.utf8))
    }

    /// Reads until `text` has come; false where it has not within 30 s.
    func expect(_ text: String) -> Bool {
        let deadline = Deadline(seconds: 30)
        var new = ""
        while !new.contains(text) {
            guard deadline.awaitInput(on: master.borrowed), let bytes = try? master.read(upTo: 4096), !bytes.isEmpty
            else { return false }
            new += String(decoding: bytes, as: UTF8.self)
            seen = new
        }
        return true
    }
}
