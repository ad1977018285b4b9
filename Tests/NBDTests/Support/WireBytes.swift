// SPDX-License-Identifier: Apache-2.0
import NBD

/// Messages of the protocol, written out by hand from its document.
struct WireBytes {
    var bytes: [UInt8] = []

    static func + (left: WireBytes, right: WireBytes) -> WireBytes { WireBytes(bytes: left.bytes + right.bytes) }

    static func number<Number: FixedWidthInteger>(_ number: Number) -> WireBytes {
        WireBytes(bytes: unsafe withUnsafeBytes(of: number.bigEndian) { unsafe Array($0) })
    }

    static func text(_ text: String) -> WireBytes {
        number(UInt32(text.utf8.count)) + WireBytes(bytes: Array(text.utf8))
    }

    static func clientFlags(_ flags: UInt32 = 3) -> WireBytes { number(flags) }

    static func option(_ code: UInt32, _ data: WireBytes = WireBytes()) -> WireBytes {
        number(UInt64(0x4948_4156_454F_5054)) + number(code) + number(UInt32(data.bytes.count)) + data
    }

    static func optionReply(_ code: UInt32, _ kind: UInt32, _ data: WireBytes = WireBytes()) -> WireBytes {
        number(UInt64(0x0003_E889_0455_65A9)) + number(code) + number(kind) + number(UInt32(data.bytes.count)) + data
    }

    static func go(_ name: String, code: UInt32 = 7) -> WireBytes { option(code, text(name) + number(UInt16(0))) }

    static func greeting(_ flags: UInt16 = 3) -> WireBytes {
        number(UInt64(0x4E42_444D_4147_4943)) + number(UInt64(0x4948_4156_454F_5054)) + number(flags)
    }

    static func request(
        _ type: UInt16, flags: UInt16 = 0, cookie: UInt64 = 1, offset: UInt64 = 0, length: UInt32 = 0
    ) -> WireBytes {
        number(UInt32(0x2560_9513)) + number(flags) + number(type) + number(cookie) + number(offset) + number(length)
    }

    static func simpleReply(_ cookie: UInt64 = 1, error: UInt32 = 0) -> WireBytes {
        number(UInt32(0x6744_6698)) + number(error) + number(cookie)
    }

    static func chunk(
        _ kind: UInt16, cookie: UInt64 = 1, isLast: Bool = true, _ data: WireBytes = WireBytes()
    ) -> WireBytes {
        number(UInt32(0x668E_33EF)) + number(UInt16(isLast ? 1 : 0)) + number(kind) + number(cookie)
            + number(UInt32(data.bytes.count)) + data
    }

    /// A buffer with the bytes.
    var buffer: StreamBuffer {
        let buffer = StreamBuffer(capacity: 16)
        buffer.append(bytes)
        return buffer
    }
}

extension StreamBuffer {
    /// All that is in it.
    var contents: [UInt8] { bytes(0..<count) }
}
