// SPDX-License-Identifier: Apache-2.0

extension MemoryConfiguration {
    /// Reads the value of `--memory`, a size: see `byteCount(option:)`.
    package init(option: String) throws(ConfigurationError) {
        self.init(byteCount: try Self.byteCount(option: option))
    }

    /// Reads a size: a whole number with K, M, G or T for powers of 1024; without one it counts MiB.
    ///
    /// - Returns: The size in bytes; the range of a machine's memory is not checked.
    package static func byteCount(option text: String) throws(ConfigurationError) -> UInt64 {
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        let digits = text.utf8.prefix(while: isDigit)
        let suffix = text.utf8.dropFirst(digits.count)
        let object = "--memory \(quoted(text))"
        guard !digits.isEmpty, let shift = shift(Array(suffix)) else {
            throw ConfigurationError(
                .syntax, object, found: "it is not a size",
                remedy: "write a whole number and K, M, G or T, such as 512M")
        }
        let factor: UInt64 = 1 << shift
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)),
            case let (bytes, overflow) = number.multipliedReportingOverflow(by: factor), !overflow
        else {
            throw ConfigurationError(.outOfRange, object, found: "more than 64 bits of bytes", remedy: "use at most 4T")
        }
        return bytes
    }

    /// The power of two that a suffix stands for.
    private static func shift(_ suffix: [UInt8]) -> UInt64? {
        guard let letter = suffix.first else { return 20 }
        guard suffix.count == 1 else { return nil }
        switch letter | 0x20 {
        case UInt8(ascii: "k"): return 10
        case UInt8(ascii: "m"): return 20
        case UInt8(ascii: "g"): return 30
        case UInt8(ascii: "t"): return 40
        default: return nil
        }
    }
}
