// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Numbers as qemu-img's human output has them.
enum HumanText {
    private static let units = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    /// A size with three digits, such as `1.5 GiB`. The next unit begins at 1000, not at 1024.
    static func size(_ byteCount: UInt64) -> String {
        var exponent = 0
        while exponent < units.count - 1, Double(byteCount) / Double(UInt64(1) << UInt64(10 * exponent)) >= 1000 {
            exponent += 1
        }
        let number = Double(byteCount) / Double(UInt64(1) << UInt64(10 * exponent))
        return formatted("%.3g", [number]) + " \(units[exponent])B"
    }

    /// A share of a whole as qemu-img's progress has it, such as `12.50`.
    static func percentage(_ share: Double) -> String { formatted("%.2f", [share]) }

    /// Seconds with three digits after the point.
    static func seconds(_ seconds: Double) -> String { formatted("%.3f", [seconds]) }

    static func hexadecimal(_ number: UInt64) -> String { number == 0 ? "0" : "0x" + String(number, radix: 16) }

    /// Fills up with blanks on the right.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A text without what a terminal would obey: names out of images are anybody's.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += digits.count < 2 ? "\\x0\(digits)" : "\\x\(digits)"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    }

    private static func formatted(_ format: StaticString, _ values: [any CVarArg]) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = unsafe withVaList(values) { list in
            format.withUTF8Buffer { text in
                unsafe text.withMemoryRebound(to: CChar.self) { characters -> CInt in
                    guard let start = characters.baseAddress else { return 0 }
                    return unsafe vsnprintf(&buffer, buffer.count, start, list)
                }
            }
        }
        return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
