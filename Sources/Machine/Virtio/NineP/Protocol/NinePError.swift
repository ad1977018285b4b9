// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// What a request is refused with: an error number of Linux, as Rlerror carries it.
package struct NinePError: Error, Equatable, Sendable {
    /// Positive.
    package let code: CInt

    init(_ code: CInt) { self.code = code }

    /// Returns `result`, or throws the error that a negative result (`-errno`) stands for.
    @discardableResult
    static func check(_ result: Int) throws(NinePError) -> Int {
        guard result >= 0 else { throw NinePError(CInt(truncatingIfNeeded: -result)) }
        return result
    }
}
