// SPDX-License-Identifier: Apache-2.0
import CMachine
import Host
import Testing

@Suite("Buffers")
struct MemoryTests {
    /// A list of ranges of the given lengths over one piece of memory that counts up from 0.
    @safe private final class Ranges {
        let list: BufferList
        private let bytes: UnsafeMutableRawBufferPointer

        init(_ lengths: [Int], keepingFront: Bool = false) {
            list = BufferList(capacity: 8)
            if keepingFront { list.removeAllKeepingFront() }
            unsafe bytes = .allocate(byteCount: 256, alignment: 1)
            for index in 0..<256 { unsafe bytes[index] = UInt8(index) }
            var offset = 0
            for length in lengths {
                if let base = unsafe bytes.baseAddress { _ = unsafe list.append(base + offset, byteCount: length) }
                offset += length
            }
        }

        deinit { unsafe bytes.deallocate() }

        func byte(_ index: Int) -> UInt8 { unsafe bytes[index] }
    }

    @Test("dropping and truncating leave the bytes between, wherever the ranges are cut")
    func cut() {
        for lengths in [[10], [3, 7], [1, 1, 8], [4, 2, 4], [9, 1]] {
            for front in 0...10 {
                for rest in 0...(10 - front) {
                    let ranges = Ranges(lengths)
                    ranges.list.dropFirst(front)
                    ranges.list.truncate(to: rest)
                    #expect(ranges.list.byteCount == rest)
                    #expect(
                        ranges.list.prefix(32) == (0..<rest).map { UInt8(front + $0) }, "\(lengths) \(front) \(rest)")
                }
            }
        }
    }

    @Test("bytes are stored across ranges, and never past the last")
    func copyIn() {
        for offset in 0...10 {
            let ranges = Ranges([3, 3, 4])
            let source: [UInt8] = [200, 201, 202, 203]

            let count = unsafe source.withUnsafeBytes { unsafe ranges.list.copyIn(from: $0, at: offset) }

            #expect(count == min(4, 10 - offset))
            for index in 0..<count { #expect(ranges.byte(offset + index) == 200 + UInt8(index)) }
            #expect(ranges.byte(10) == 10)
        }
        let ranges = Ranges([3, 3, 4])
        ranges.list.store(99, at: 5)
        ranges.list.store(98, at: 10)
        #expect(ranges.byte(5) == 99)
        #expect(ranges.byte(10) == 10)
    }

    @Test("the last byte moves into a list of its own")
    func lastByte() {
        let ranges = Ranges([3, 1])
        let other = BufferList(capacity: 1)

        #expect(ranges.list.moveLastByte(to: other))
        #expect(other.prefix(4) == [3])
        #expect(ranges.list.byteCount == 3)
        #expect(ranges.list.moveLastByte(to: other))
        #expect(other.prefix(4) == [2])
        #expect(ranges.list.prefix(4) == [0, 1])
    }

    @Test("a place in front is there when it was kept")
    func front() {
        let prefix = ByteQueue(capacity: 4)
        prefix.append(bigEndian: 0x0102_0304)
        let kept = Ranges([2, 2], keepingFront: true)
        #expect(prefix.prepend(to: kept.list))
        #expect(kept.list.prefix(16) == [1, 2, 3, 4, 0, 1, 2, 3])
        #expect(!prefix.prepend(to: Ranges([2]).list))
    }

    @Test("a full list takes no more")
    func full() {
        let list = Ranges([Int](repeating: 1, count: 9)).list
        #expect(list.count == 8)
        #expect(list.room == 0)
    }

    @Test("a queue of bytes gives back what a socket brought, in order and within its capacity")
    func byteQueue() throws {
        var numbers: [CInt] = [0, 0]
        try #require(unsafe socketpair(AF_UNIX, streamSocket, 0, &numbers) == 0)
        let near = Descriptor(owning: numbers[0])
        let far = Descriptor(owning: numbers[1])
        let queue = ByteQueue(capacity: 8)
        try far.writeAll([0, 0, 1, 2, 9, 8, 7, 6, 5, 4])

        #expect(queue.receive(from: near.borrowed) == 8)
        #expect(queue.bigEndianPrefix == 0x0102)
        queue.dropFirst(6)
        #expect(queue.receive(from: near.borrowed) == 2)
        #expect(queue.receive(from: near.borrowed) == -Int(EAGAIN))
        let ranges = Ranges([2, 4])
        queue.copy(droppingFirst: 1, count: 3, to: ranges.list, at: 1)

        #expect(ranges.list.prefix(6) == [0, 6, 5, 4, 4, 5])
        #expect(queue.send(to: near.borrowed) == 4)
        #expect(queue.isEmpty)
        #expect(try far.read(upTo: 8) == [7, 6, 5, 4])
    }

    @Test("a mapping starts where it was asked to")
    func mapping() throws {
        let mapping = try Mapping(anonymous: 8192, alignment: 2 << 20)
        #expect(unsafe Int(bitPattern: mapping.start) % (2 << 20) == 0)
        unsafe mapping.start.storeBytes(of: 7, toByteOffset: 8191, as: UInt8.self)
        #expect(unsafe mapping.start.load(fromByteOffset: 8191, as: UInt8.self) == 7)
    }
}
