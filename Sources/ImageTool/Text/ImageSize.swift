// SPDX-License-Identifier: Apache-2.0

/// A number of bytes as qemu-img takes it: a number, perhaps with a fraction, and k, M, G, T, P or E for powers of
/// 1024.
package enum ImageSize {
    /// Reads a size below 2^63; `name` is what the problem calls it.
    package static func parse(_ text: String, _ name: String) throws(ToolProblem) -> UInt64 {
        let bytes = Array(text.utf8)
        if bytes.starts(with: "0x".utf8) || bytes.starts(with: "0X".utf8) {
            guard let value = UInt64(text.dropFirst(2), radix: 16), value <= UInt64(Int64.max) else {
                throw refusal(text, name)
            }
            return value
        }
        let whole = bytes.prefix(while: isDigit)
        var rest = bytes.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !whole.isEmpty, fraction.count <= 18, rest.count <= 1, let shift = shift(of: rest.first),
            let number = UInt64(String(decoding: whole, as: UTF8.self)),
            let value = value(number, fraction, shift)
        else { throw refusal(text, name) }
        return value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func value(_ number: UInt64, _ fraction: ArraySlice<UInt8>, _ shift: UInt64) -> UInt64? {
        let unit: UInt64 = 1 << shift
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        var part: UInt64 = 0
        if let digits = UInt64(String(decoding: fraction, as: UTF8.self)), digits > 0 {
            guard shift > 0 else { return nil }
            let scale = fraction.reduce(into: UInt64(1)) { result, _ in result *= 10 }
            let product = digits.multipliedFullWidth(by: unit)
            part = scale.dividingFullWidth(product).quotient
        }
        let (sum, sumOverflow) = bytes.addingReportingOverflow(part)
        return overflow || sumOverflow || sum > UInt64(Int64.max) ? nil : sum
    }

    private static func shift(of suffix: UInt8?) -> UInt64? {
        guard let suffix else { return 0 }
        switch suffix | 0x20 {
        case UInt8(ascii: "b"): return 0
        case UInt8(ascii: "k"): return 10
        case UInt8(ascii: "m"): return 20
        case UInt8(ascii: "g"): return 30
        case UInt8(ascii: "t"): return 40
        case UInt8(ascii: "p"): return 50
        case UInt8(ascii: "e"): return 60
        default: return nil
        }
    }

    private static func refusal(_ text: String, _ name: String) -> ToolProblem {
        ToolProblem(
            "\(name) '\(text)'", found: "it is not a size below 8 EiB",
            remedy: "write a number, and k, M, G, T, P or E for powers of 1024, such as 10G")
    }
}
