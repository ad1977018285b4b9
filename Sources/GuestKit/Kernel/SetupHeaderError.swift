// SPDX-License-Identifier: Apache-2.0

/// Why a file is not a bzImage with a readable payload.
package enum SetupHeaderError: Error, Equatable, Sendable, CustomStringConvertible {
    case truncated(byteCount: Int)
    case noMagic
    /// The boot protocol is older than 2.08, the first that tells where the payload is.
    case oldProtocol(UInt16)
    /// The payload ends behind the end of the file.
    case payloadOutside(offset: UInt64, byteCount: UInt64, fileByteCount: Int)
    case unknownCompression([UInt8])

    package var description: String {
        switch self {
        case .truncated(let byteCount): "the file ends within its setup header, after \(byteCount) bytes"
        case .noMagic: "the setup header has no \"HdrS\" at offset 0x202"
        case .oldProtocol(let version):
            "its boot protocol is \(version >> 8).\(version & 0xff), and the payload is described from 2.8 on"
        case .payloadOutside(let offset, let byteCount, let fileByteCount):
            "its payload of \(byteCount) bytes at \(offset) ends behind the file's \(fileByteCount) bytes"
        case .unknownCompression(let bytes):
            "its payload is in an unknown compression (it begins with \(bytes))"
        }
    }
}
