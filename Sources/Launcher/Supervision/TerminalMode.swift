// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A terminal that passes every key on; back in its former mode when its owner ends.
final class TerminalMode {
    private let number: CInt
    private let former: termios

    /// Changes the terminal on descriptor `number`; `nil` where it is none.
    init?(_ number: CInt) {
        var mode = termios()
        guard unsafe tcgetattr(number, &mode) == 0 else { return nil }
        self.number = number
        former = mode
        unsafe cfmakeraw(&mode)
        // Messages end with a line feed alone.
        mode.c_oflag |= tcflag_t(OPOST)
        unsafe tcsetattr(number, TCSANOW, &mode)
    }

    deinit {
        var mode = former
        unsafe tcsetattr(number, TCSADRAIN, &mode)
    }
}
