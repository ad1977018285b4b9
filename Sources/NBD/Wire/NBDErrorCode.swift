// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// Why a request failed, in the numbers of the protocol ("NBD protocol", "Error values").
package enum NBDErrorCode: UInt32, Sendable {
    case notPermitted = 1
    case inputOutput = 5
    case noMemory = 12
    case invalid = 22
    case noSpace = 28
    case overflow = 75
    case notSupported = 95
    case shutdown = 108

    /// The number for a failed operation on a node.
    init(_ error: BlockError) {
        switch error {
        case .system(let error):
            switch error.code {
            case ENOSPC, EDQUOT, EFBIG: self = .noSpace
            case ENOMEM: self = .noMemory
            case EPERM, EROFS, EACCES: self = .notPermitted
            default: self = .inputOutput
            }
        case .readOnly: self = .notPermitted
        case .outOfRange, .invalid: self = .invalid
        case .unsupported: self = .notSupported
        case .corrupt: self = .inputOutput
        }
    }

    /// The errno of a number that a server sent; unknown ones are `EINVAL`.
    static func systemCode(of number: UInt32) -> CInt {
        switch NBDErrorCode(rawValue: number) {
        case .notPermitted: EPERM
        case .inputOutput: EIO
        case .noMemory: ENOMEM
        case .noSpace: ENOSPC
        case .overflow: EOVERFLOW
        case .notSupported: EOPNOTSUPP
        case .shutdown: ESHUTDOWN
        case .invalid, nil: EINVAL
        }
    }
}
