// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A system call that the kernel refused.
package struct SystemCallError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call's name as its manual page has it, such as `ioctl(KVM_RUN)`.
    package let call: String
    /// The errno it failed with; positive.
    package let code: CInt

    package init(call: StaticString, code: CInt) {
        self.call = call.description
        self.code = code
    }

    package init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    /// Returns `result`, or throws the error that a negative result (`-errno`) stands for.
    @discardableResult
    package static func check(_ result: Int, _ call: StaticString) throws(SystemCallError) -> Int {
        guard result >= 0 else { throw SystemCallError(call: call, code: CInt(truncatingIfNeeded: -result)) }
        return result
    }

    /// The kernel's sentence for the code, such as "No such file or directory".
    package var reason: String {
        unsafe String(cString: strerror(code))
    }

    package var description: String { "\(call): \(reason)" }
}

extension SystemCallError {
    /// The code of a wait that has come to its end without an event.
    package static let timedOut: CInt = ETIMEDOUT
}
