// SPDX-License-Identifier: Apache-2.0

/// The 16 bytes before a request's data (virtio 1.2 §5.2.6).
struct BlockHeader {
    static let byteCount = 16
    let type: UInt32
    let sector: UInt64

    enum RequestType {
        static let read: UInt32 = 0
        static let write: UInt32 = 1
        static let flush: UInt32 = 4
        static let identify: UInt32 = 8
        static let discard: UInt32 = 11
        static let writeZeroes: UInt32 = 13
    }

    enum Status {
        static let ok: UInt8 = 0
        static let ioError: UInt8 = 1
        static let unsupported: UInt8 = 2
    }
}
