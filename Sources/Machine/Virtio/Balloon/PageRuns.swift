// SPDX-License-Identifier: Apache-2.0

/// A driver's page numbers as ranges of neighbours, in rising order, so that each range costs one call of the kernel.
///
/// No range reaches over 4 GiB, where the guest's memory begins anew. Nothing says that a range is memory.
struct PageRuns: Sequence, IteratorProtocol {
    /// A number has 4 bytes, little-endian.
    static let numberByteCount = 4
    private static let highStart = UInt32(GuestMemory.highStart.rawValue / VirtioBalloon.pageByteCount)

    private let numbers: [UInt32]
    private var position = 0

    /// - Parameter bytes: The numbers; what follows the last whole one is ignored.
    init(numbers bytes: [UInt8]) {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(bytes.count / Self.numberByteCount)
        var index = 0
        while bytes.count - index >= Self.numberByteCount {
            numbers.append((0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) })
            index += Self.numberByteCount
        }
        numbers.sort()
        self.numbers = numbers
    }

    mutating func next() -> Range<UInt64>? {
        guard position < numbers.count else { return nil }
        let start = numbers[position]
        var end = UInt64(start) + 1
        position += 1
        while position < numbers.count {
            let number = numbers[position]
            if number == Self.highStart && UInt64(number) == end { break }
            guard UInt64(number) <= end else { break }
            end = Swift.max(end, UInt64(number) + 1)
            position += 1
        }
        return UInt64(start)..<end
    }
}
