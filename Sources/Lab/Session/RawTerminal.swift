// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import LabWire

/// A terminal in raw mode, back in its former mode when its owner ends.
struct RawTerminal: ~Copyable {
    private let number: CInt
    private let saved: termios

    /// Takes the terminal on descriptor `number` into raw mode; `nil` where it is none.
    init?(_ number: CInt) {
        var mode = termios()
        guard unsafe tcgetattr(number, &mode) == 0 else { return nil }
        self.number = number
        saved = mode
        unsafe cfmakeraw(&mode)
        unsafe tcsetattr(number, TCSANOW, &mode)
    }

    deinit {
        var mode = saved
        unsafe tcsetattr(number, TCSADRAIN, &mode)
    }

    /// A terminal's size; 24 × 80 where it does not know.
    static func size(of number: CInt) -> TerminalSize {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard unsafe cmachine_terminal_size(number, &rows, &columns) == 0, rows > 0, columns > 0 else {
            return TerminalSize(rows: 24, columns: 80)
        }
        return TerminalSize(rows: rows, columns: columns)
    }
}
