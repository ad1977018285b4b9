// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The last few KiB of what a console wrote.
struct ConsoleTail {
    private static let limit = 8 << 10
    private var bytes: [UInt8] = []

    var text: String { String(decoding: bytes.filter { $0 != 0x0d }, as: UTF8.self) }

    /// Takes what a non-blocking descriptor has.
    mutating func read(from descriptor: borrowing Descriptor) {
        while let more = try? descriptor.read(upTo: 4096), !more.isEmpty {
            bytes += more
            if bytes.count > Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        }
    }
}
