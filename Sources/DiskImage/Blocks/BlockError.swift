// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why an operation on a disk's contents failed.
package enum BlockError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemCallError)
    /// The node may only be read.
    case readOnly
    /// A range that reaches over the end.
    case outOfRange(Range<UInt64>, byteCount: UInt64)
    /// Metadata that cannot be right, and where in the file they lie.
    case corrupt(String, fileOffset: UInt64)
    /// Something that is right and that we do not do.
    case unsupported(String)
    /// A request that cannot be fulfilled as it was put.
    case invalid(String)

    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .readOnly: "the image may only be read"
        case .outOfRange(let range, let byteCount):
            "bytes \(range.lowerBound) to \(range.upperBound) of an image of \(byteCount) bytes"
        case .corrupt(let sentence, let fileOffset): "\(sentence), at byte \(fileOffset) of the file"
        case .unsupported(let sentence), .invalid(let sentence): sentence
        }
    }
}
