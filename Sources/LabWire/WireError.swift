// SPDX-License-Identifier: Apache-2.0

/// Bytes on the control port that no side would send.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong(Int)
    case unknownKind(UInt8)
    case malformed(kind: UInt8)

    package var description: String {
        switch self {
        case .tooLong(let count): "a frame of \(count) bytes came on the control port"
        case .unknownKind(let kind): "a frame of the unknown kind \(kind) came on the control port"
        case .malformed(let kind): "a frame of the kind \(kind) on the control port is too short or too long"
        }
    }
}
