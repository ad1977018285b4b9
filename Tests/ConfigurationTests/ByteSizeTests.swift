// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Configuration

@Suite("Sizes in options")
struct ByteSizeTests {
    static let sizes: [(text: String, byteCount: UInt64?)] = [
        ("1", 1 << 20), ("2048", 2 << 30), ("0", 0), ("512M", 512 << 20), ("2G", 2 << 30), ("2g", 2 << 30),
        ("3GiB", 3 << 30), ("3gib", 3 << 30), ("7KB", 7 << 10), ("1T", 1 << 40), ("8B", nil), ("8iB", nil), ("", nil),
        ("G", nil), ("-1", nil), ("1.5G", nil), ("2X", nil), ("2 G", nil), ("9999999999999G", nil),
        ("18446744073709551616", nil), ("٣G", nil), ("2GG", nil), ("2Gi", nil), ("2GiBB", nil),
    ]

    @Test("are digits and a unit; a number alone counts MiB", arguments: sizes)
    func reads(_ text: String, _ byteCount: UInt64?) {
        #expect((try? ByteSize(text, of: "--memory"))?.byteCount == byteCount)
    }
}
