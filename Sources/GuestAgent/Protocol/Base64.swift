// SPDX-License-Identifier: Apache-2.0

/// Base 64 (RFC 4648 §4), in which the agent carries bytes.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// The value of each byte, 64 for those outside of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 64, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    /// The bytes that a text stands for; `nil` where it is none, padding included.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padding = digits.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var result: [UInt8] = []
        result.reserveCapacity(digits.count / 4 * 3)
        var word: UInt32 = 0
        for (index, digit) in digits.enumerated() {
            let isPadding = index >= digits.count - padding
            let value = isPadding ? 0 : values[Int(digit)]
            guard value < 64 else { return nil }
            word = word << 6 | UInt32(value)
            guard index % 4 == 3 else { continue }
            result += [16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
            word = 0
        }
        result.removeLast(padding)
        return result
    }
}
