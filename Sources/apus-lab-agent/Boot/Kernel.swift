// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The running kernel.
enum Kernel {
    /// As `uname -r` prints it.
    static var release: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        return unsafe withUnsafeBytes(of: &name.release) { buffer in
            unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
