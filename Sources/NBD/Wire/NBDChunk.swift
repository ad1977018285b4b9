// SPDX-License-Identifier: Apache-2.0

/// The kinds of chunks of a structured reply ("NBD protocol", "Structured reply types").
enum NBDChunk: UInt16 {
    case none = 0
    case offsetData = 1
    case offsetHole = 2
    case blockStatus = 5
    case error = 0x8001
    case errorOffset = 0x8002

    static let errorBit: UInt16 = 0x8000
    /// The flag of a reply's last chunk.
    static let done: UInt16 = 1
    /// Bytes of a chunk's header.
    static let headerByteCount = 20
}
