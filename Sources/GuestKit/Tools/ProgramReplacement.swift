// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Another program in the place of this one (execve(2)): the same process, terminal and environment.
package enum ProgramReplacement {
    /// Returns only where that fails, with the kernel's reason.
    package static func replace(with path: String, arguments: [String]) -> String {
        var pointers = unsafe ([path] + arguments).map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        let result = unsafe pointers.withUnsafeBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe execv(path, $0) } ?? -1
        }
        return SystemCallError(call: "exec", code: result < 0 ? errno : 0).reason
    }
}
