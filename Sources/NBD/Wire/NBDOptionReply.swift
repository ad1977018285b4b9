// SPDX-License-Identifier: Apache-2.0

/// The answers to an option ("NBD protocol", "Option reply types"). Errors have the highest bit.
enum NBDOptionReply: UInt32 {
    case acknowledged = 1
    case server = 2
    case info = 3
    case metaContext = 4
    case unsupported = 0x8000_0001
    case policy = 0x8000_0002
    case invalid = 0x8000_0003
    case platform = 0x8000_0004
    case tlsRequired = 0x8000_0005
    case unknown = 0x8000_0006
    case shutdown = 0x8000_0007
    case blockSizeRequired = 0x8000_0008
    case tooBig = 0x8000_0009

    static let errorBit: UInt32 = 0x8000_0000
}
