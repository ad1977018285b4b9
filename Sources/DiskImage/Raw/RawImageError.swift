// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a file cannot be a raw disk.
package enum RawImageError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooSmall(byteCount: UInt64)
    case notWholeSectors(byteCount: UInt64)
    case notADisk
    case system(SystemCallError)

    package var description: String {
        switch self {
        case .tooSmall(let byteCount): "holds \(byteCount) bytes; a disk has at least one sector of 512"
        case .notWholeSectors(let byteCount):
            "holds \(byteCount) bytes, which is not a whole number of 512-byte sectors; extend it with truncate(1)"
        case .notADisk: "is neither a regular file nor a block device"
        case .system(let error): "\(error)"
        }
    }
}
