// SPDX-License-Identifier: Apache-2.0

/// A number of bytes as options have it: a whole number, then K, M, G or T for powers of 1024, then perhaps `iB` or
/// `B`. A number alone counts MiB.
package struct ByteSize: Equatable, Sendable {
    package let byteCount: UInt64

    /// Reads a size of at most 63 bits of bytes; no other range is checked.
    ///
    /// - Parameter option: The option that has this value, such as `--memory`; the error names it.
    package init(_ text: String, of option: String) throws(ConfigurationError) {
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        let digits = text.utf8.prefix(while: isDigit)
        let object = "\(option) \(quoted(text))"
        guard !digits.isEmpty, let shift = Self.shift(Array(text.utf8.dropFirst(digits.count))) else {
            throw ConfigurationError(
                .syntax, object, found: "it is not a size",
                remedy: "write a whole number and K, M, G or T, such as 512M")
        }
        let factor: UInt64 = 1 << shift
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)),
            case let (product, overflow) = number.multipliedReportingOverflow(by: factor), !overflow,
            product <= UInt64(Int64.max)
        else {
            throw ConfigurationError(.outOfRange, object, found: "more than 63 bits of bytes", remedy: "write less")
        }
        byteCount = product
    }

    /// The power of two that a unit stands for.
    private static func shift(_ unit: [UInt8]) -> UInt64? {
        guard let letter = unit.first else { return 20 }
        let ending = unit.dropFirst().map { $0 | 0x20 }
        guard ending.isEmpty || ending.elementsEqual("b".utf8) || ending.elementsEqual("ib".utf8) else { return nil }
        switch letter | 0x20 {
        case UInt8(ascii: "k"): return 10
        case UInt8(ascii: "m"): return 20
        case UInt8(ascii: "g"): return 30
        case UInt8(ascii: "t"): return 40
        default: return nil
        }
    }
}
