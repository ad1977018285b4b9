// SPDX-License-Identifier: Apache-2.0

/// A request that the server refused, with its error number; 0 where the reply is no reply to the request.
package struct NinePRefusal: Error, Equatable, CustomStringConvertible {
    package let code: UInt32

    package init(_ code: UInt32) { self.code = code }

    package var description: String { "error \(code)" }
}
