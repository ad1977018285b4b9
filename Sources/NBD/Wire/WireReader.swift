// SPDX-License-Identifier: Apache-2.0

/// The data of a message, taken piece by piece; nothing is taken where a piece is not there whole.
struct WireReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }
    var count: Int { rest.count }

    mutating func take<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { return nil }
        var number: Number = 0
        for byte in rest.prefix(size) { number = number << 8 | Number(truncatingIfNeeded: byte) }
        rest = rest.dropFirst(size)
        return number
    }

    mutating func take(count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// A name or query: its length in 32 bits, at most `NBDLimits.maximumNameLength`, and its bytes.
    mutating func takeText() -> ArraySlice<UInt8>? {
        guard let length = take(UInt32.self), length <= NBDLimits.maximumNameLength else { return nil }
        return take(count: Int(length))
    }

    /// Several texts; `nil` where there are fewer.
    mutating func takeTexts(_ number: UInt32) -> [ArraySlice<UInt8>]? {
        // Each has at least its length.
        guard Int(number) <= rest.count / 4 else { return nil }
        var texts: [ArraySlice<UInt8>] = []
        for _ in 0..<number {
            guard let text = takeText() else { return nil }
            texts.append(text)
        }
        return texts
    }
}

extension [UInt8] {
    /// Appends a number, the most significant byte first.
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        for index in 1...MemoryLayout<Number>.size {
            append(UInt8(truncatingIfNeeded: number >> Number(8 * (MemoryLayout<Number>.size - index))))
        }
    }
}
