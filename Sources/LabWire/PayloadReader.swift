// SPDX-License-Identifier: Apache-2.0

/// Reads a frame's fields in order; `nil` where the payload ends too early.
struct PayloadReader {
    private var rest: ArraySlice<UInt8>

    init(_ payload: [UInt8]) {
        rest = payload[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func integer(byteCount: Int) -> UInt64? {
        guard rest.count >= byteCount else { return nil }
        let value = rest.prefix(byteCount).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) }
        rest = rest.dropFirst(byteCount)
        return value
    }

    mutating func byte() -> UInt8? { integer(byteCount: 1).map { UInt8($0) } }
    mutating func halfWord() -> UInt16? { integer(byteCount: 2).map { UInt16($0) } }
    mutating func boolean() -> Bool? { byte().map { $0 != 0 } }

    mutating func text() -> String? {
        guard let count = integer(byteCount: 4), count <= UInt64(rest.count) else { return nil }
        let bytes = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func texts() -> [String]? {
        guard let count = integer(byteCount: 4), count <= UInt64(rest.count / 4) else { return nil }
        var result: [String] = []
        for _ in 0..<count {
            guard let text = text() else { return nil }
            result.append(text)
        }
        return result
    }
}

/// Writes a frame's fields in order.
struct PayloadWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ value: UInt64, byteCount: Int) {
        for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func boolean(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func text(_ value: String) {
        integer(UInt64(value.utf8.count), byteCount: 4)
        bytes += Array(value.utf8)
    }

    mutating func texts(_ values: [String]) {
        integer(UInt64(values.count), byteCount: 4)
        for value in values { text(value) }
    }
}
