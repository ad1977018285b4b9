// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Says on standard error what takes long.
package struct Progress: Sendable {
    private let isTerminal: Bool

    package init() {
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Writes one line.
    package func say(_ text: String) {
        write((isTerminal ? "\r\u{1b}[K" : "") + "apus: \(text)\n")
    }

    /// Writes a line that the next one replaces; nothing where standard error is not a terminal.
    package func update(_ text: String) {
        if isTerminal { write("\r\u{1b}[Kapus: \(text)") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
