// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// The tool's two outputs: what was asked for on standard output, everything else on standard error.
package final class Console {
    private let isQuiet: Bool

    /// - Parameter isQuiet: Whether nothing but problems is written (`-q`).
    package init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Writes to standard output as it is.
    func write(_ text: String) throws(ToolProblem) {
        guard !isQuiet else { return }
        let code = Self.write(Array(text.utf8), to: STDOUT_FILENO)
        if code != 0 { throw ToolProblem("standard output", SystemCallError(call: "write", code: code)) }
    }

    /// Writes a line to standard output.
    func say(_ line: String) throws(ToolProblem) { try write(line + "\n") }

    /// Writes a remark to standard error, as a line of its own.
    func remark(_ text: String) {
        guard !isQuiet else { return }
        Self.complain(text)
    }

    /// Writes to standard error as it is.
    func show(_ text: String) {
        _ = Self.write(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Says on standard error what is wrong.
    package static func complain(_ text: String) {
        _ = write(Array("apus image: \(text)\n".utf8), to: STDERR_FILENO)
    }

    /// Writes everything; returns 0 or an errno.
    private static func write(_ bytes: [UInt8], to number: CInt) -> CInt {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return errno }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
