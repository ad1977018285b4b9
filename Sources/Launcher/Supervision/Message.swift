// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// What the launcher says on standard error.
enum Message {
    /// Writes one line.
    static func say(_ text: String) {
        let bytes = Array("apus run: \(text)\n".utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
