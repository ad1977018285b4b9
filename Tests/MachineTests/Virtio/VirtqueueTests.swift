// SPDX-License-Identifier: Apache-2.0
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtqueue")
struct VirtqueueTests {
    private static let base = GuestAddress(0x1000)
    private static let data = GuestAddress(0x10000)
    private static let memoryByteCount: UInt64 = 2 << 20

    /// A driver, a device's queue over the same memory, and the lists to pop into.
    private final class Pair {
        let memory: GuestMemory
        var driver: DriverQueue
        var ring: Virtqueue
        let readable = BufferList(capacity: 16)
        let writable = BufferList(capacity: 16)

        init(size: UInt16 = 4, usesEventIndex: Bool = true, startingAt index: UInt16 = 0) throws {
            let memory = try GuestMemory(lowByteCount: memoryByteCount)
            var driver = DriverQueue(memory: memory, base: base, size: size)
            var layout = driver.layout
            layout.nextAvailable = index
            layout.nextUsed = index
            if index != 0 { try driver.claimPublished(index) }
            ring = try Virtqueue(layout: layout, memory: memory, usesEventIndex: usesEventIndex)
            self.memory = memory
            self.driver = driver
        }

        func pop() throws(VirtqueueError) -> DescriptorChain? {
            try ring.pop(readable: readable, writable: writable)
        }
    }

    @Test("indexes run around 65536 and nothing is lost")
    func wrapAround() throws {
        let pair = try Pair()

        for round in 0..<70_000 {
            let head = try pair.driver.offer([.init(Self.data, UInt32(round % 100 + 1))])
            guard let chain = try pair.pop() else { throw SystemCallError(call: "pop", code: 0) }
            guard chain.head == head, chain.readableByteCount == round % 100 + 1 else {
                Issue.record("round \(round): \(chain)")
                return
            }
            pair.ring.push(head: chain.head, byteCount: UInt32(round))
            _ = pair.ring.publish()
            guard let used = try pair.driver.collect(), used == (UInt32(head), UInt32(round)) else {
                Issue.record("round \(round): not returned")
                return
            }
        }
        #expect(pair.ring.progress.nextAvailable == UInt16(truncatingIfNeeded: 70_000))
        #expect(pair.ring.progress.nextUsed == UInt16(truncatingIfNeeded: 70_000))
    }

    @Test("an indirect table is walked like a direct one")
    func indirect() throws {
        let pair = try Pair()
        try pair.driver.offerIndirect(
            [.init(Self.data, 16), .init(Self.data + 64, 8), .init(Self.data + 128, 1, isWritable: true)],
            table: Self.data + 0x1000)

        guard let chain = try pair.pop() else { throw SystemCallError(call: "pop", code: 0) }

        #expect(chain.readableByteCount == 24)
        #expect(chain.writableByteCount == 1)
        #expect(pair.readable.count == 2)
        #expect(pair.writable.count == 1)
    }

    @Test("with EVENT_IDX the driver is interrupted exactly when its index is passed", arguments: [0, 1, 65533, 65535])
    func eventIndex(_ old: UInt16) throws {
        for count in UInt16(1)...4 {
            for distance in -5...5 {
                let pair = try Pair(startingAt: old)
                let wanted = old &+ UInt16(truncatingIfNeeded: distance)
                try pair.driver.setUsedEvent(wanted)
                for _ in 0..<count { pair.ring.push(head: 0, byteCount: 0) }

                let isWanted = pair.ring.publish()

                #expect(
                    isWanted == (0..<Int(count)).contains(distance), "old \(old), \(count) pushed, wanted \(wanted)")
            }
        }
    }

    @Test("without EVENT_IDX the driver's flag decides")
    func flags() throws {
        let pair = try Pair(usesEventIndex: false)
        pair.ring.push(head: 0, byteCount: 0)
        check(pair.ring.publish())
        check(!pair.ring.publish())

        try pair.memory.store(UInt16(1), at: pair.driver.layout.available)
        pair.ring.push(head: 0, byteCount: 0)

        check(!pair.ring.publish())
    }

    @Test("asking for a kick tells whether chains came in between", arguments: [true, false])
    func notifications(_ usesEventIndex: Bool) throws {
        let pair = try Pair(usesEventIndex: usesEventIndex)
        pair.ring.disableNotifications()
        check(!pair.ring.enableNotifications())

        try pair.driver.offer([.init(Self.data, 1)])
        check(pair.ring.enableNotifications())
        _ = try pair.pop()
        check(!pair.ring.enableNotifications())
        if usesEventIndex { #expect(try pair.driver.availableEvent() == 1) }
    }

    @Test("chains that were put back come again in order")
    func putBack() throws {
        let pair = try Pair()
        let heads = try (0..<3).map { _ in try pair.driver.offer([.init(Self.data, 4, isWritable: true)]) }
        var list: [UInt16] = []
        pair.readable.removeAll()
        pair.writable.removeAll()
        for _ in 0..<3 {
            if let chain = try pair.ring.popAppending(readable: pair.readable, writable: pair.writable) {
                list.append(chain.head)
            }
        }
        #expect(pair.writable.byteCount == 12)
        #expect(list == heads)

        pair.ring.unpop(2)

        check(try pair.pop()?.head == heads[1])
        check(try pair.pop()?.head == heads[2])
        check(try pair.pop() == nil)
    }

    @Test("a head that is published again while the device has it is one too many", arguments: [0, 65533])
    func outstanding(_ start: UInt16) throws {
        let pair = try Pair(startingAt: start)
        for _ in 0..<4 { try pair.driver.offer([.init(Self.data, 4)]) }
        for _ in 0..<4 { check(try pair.pop() != nil) }

        try pair.driver.publish(0)
        #expect(throws: VirtqueueError.overrun(waiting: 5, capacity: 4)) { try pair.pop() }

        // One that came back makes room for one.
        pair.ring.push(head: 0, byteCount: 0)
        check(try pair.pop() != nil)
        try pair.driver.publish(0)
        #expect(throws: VirtqueueError.overrun(waiting: 5, capacity: 4)) { try pair.pop() }
    }

    /// A ring that no honest driver writes, and what the device makes of it.
    struct Malformation: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let expected: VirtqueueError
        let write: @Sendable (inout DriverQueue) throws -> Void

        init(
            _ description: String, _ expected: VirtqueueError,
            _ write: @escaping @Sendable (inout DriverQueue) throws -> Void
        ) {
            testDescription = description
            self.expected = expected
            self.write = write
        }
    }

    private static func descriptor(
        _ driver: DriverQueue, _ index: UInt64, _ buffer: DriverQueue.Buffer, flags: UInt16, next: UInt16 = 0
    ) throws {
        try driver.writeDescriptor(at: driver.layout.descriptors + index * 16, buffer, flags: flags, next: next)
    }

    static let malformations: [Malformation] = [
        Malformation("a head past the table", .headOutOfRange(4, capacity: 4)) { try $0.publish(4) },
        Malformation("more chains than entries", .overrun(waiting: 5, capacity: 4)) { try $0.claimPublished(5) },
        Malformation("an index that runs backwards", .overrun(waiting: 65535, capacity: 4)) {
            try $0.claimPublished(65535)
        },
        Malformation("a next past the table", .nextOutOfRange(9, capacity: 4)) {
            try descriptor($0, 0, .init(data, 4), flags: 1, next: 9)
            try $0.publish(0)
        },
        Malformation("a descriptor that follows itself", .chainTooLong) {
            try descriptor($0, 0, .init(data, 4), flags: 1, next: 0)
            try $0.publish(0)
        },
        Malformation("a loop over two", .chainTooLong) {
            try descriptor($0, 0, .init(data, 4), flags: 1, next: 1)
            try descriptor($0, 1, .init(data, 4), flags: 1, next: 0)
            try $0.publish(0)
        },
        Malformation("a buffer of no bytes", .emptyBuffer) { try $0.offer([.init(data, 0)]) },
        Malformation("a readable buffer behind a writable one", .readableAfterWritable) {
            try $0.offer([.init(data, 4, isWritable: true), .init(data, 4)])
        },
        Malformation(
            "a buffer past the memory",
            .memory(GuestMemoryError(address: GuestAddress(memoryByteCount - 2), byteCount: 4))
        ) { try $0.offer([.init(GuestAddress(memoryByteCount - 2), 4)]) },
        Malformation(
            "a buffer that wraps around",
            .memory(GuestMemoryError(address: GuestAddress(.max - 1), byteCount: 4))
        ) { try $0.offer([.init(GuestAddress(.max - 1), 4)]) },
        Malformation(
            "a buffer of 4 GiB", .memory(GuestMemoryError(address: data, byteCount: Int(UInt32.max)))
        ) { try $0.offer([.init(data, .max)]) },
        Malformation("an indirect table in an indirect table", .malformedIndirectTable) {
            try $0.writeDescriptor(at: data, .init(data, 16), flags: 4, next: 0)
            try descriptor($0, 0, .init(data, 16), flags: 4)
            try $0.publish(0)
        },
        Malformation("an indirect table with a next", .malformedIndirectTable) {
            try descriptor($0, 0, .init(data, 16), flags: 5, next: 1)
            try $0.publish(0)
        },
        Malformation("an indirect table of no whole entries", .malformedIndirectTable) {
            try descriptor($0, 0, .init(data, 24), flags: 4)
            try $0.publish(0)
        },
        Malformation("an empty indirect table", .malformedIndirectTable) {
            try descriptor($0, 0, .init(data, 0), flags: 4)
            try $0.publish(0)
        },
        Malformation(
            "an indirect table past the memory",
            .memory(GuestMemoryError(address: GuestAddress(memoryByteCount), byteCount: 16))
        ) {
            try descriptor($0, 0, .init(GuestAddress(memoryByteCount), 16), flags: 4)
            try $0.publish(0)
        },
        Malformation("a next past the indirect table", .nextOutOfRange(1, capacity: 1)) {
            try $0.writeDescriptor(at: data, .init(data, 4), flags: 1, next: 1)
            try descriptor($0, 0, .init(data, 16), flags: 4)
            try $0.publish(0)
        },
        Malformation("an indirect chain longer than the queue", .chainTooLong) {
            for index in 0..<UInt16(8) {
                try $0.writeDescriptor(
                    at: data + UInt64(index) * 16, .init(data, 1), flags: index == 7 ? 0 : 1, next: index + 1)
            }
            try descriptor($0, 0, .init(data, 128), flags: 4)
            try $0.publish(0)
        },
    ]

    @Test("a malformed ring is refused", arguments: malformations)
    func malformed(_ malformation: Malformation) throws {
        let pair = try Pair()
        try malformation.write(&pair.driver)

        #expect(throws: malformation.expected) { try pair.pop() }
    }

    @Test("a malformed ring breaks the device, which works again after a reset", arguments: malformations)
    func broken(_ malformation: Malformation) throws {
        let bench = try Workbench(try VirtioEntropy())
        // The device's queue is larger than the one the cases were written for.
        bench.device.deactivate()
        bench.queues[0] = DriverQueue(memory: bench.memory, base: Self.base, size: 4)
        try bench.activate()

        try malformation.write(&bench.queues[0])
        bench.device.wires.kick(0)
        while !bench.device.wires.isBroken { _ = try bench.device.step() }
        #expect(bench.device.wires.clearConfigurationCall())

        try bench.reset()
        try bench.offer([.init(Workbench<VirtioEntropy>.buffers, 16, isWritable: true)], to: 0)
        #expect(try bench.collect(from: 0).byteCount == 16)
    }

    /// A place for a queue that no driver may choose.
    struct Misplacement: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let expected: VirtqueueError
        let change: @Sendable (inout VirtqueueLayout) -> Void
    }

    static let misplacements: [Misplacement] = [
        Misplacement(
            testDescription: "descriptors at 8", expected: .misaligned(base + 8), change: { $0.descriptors = base + 8 }),
        Misplacement(
            testDescription: "an odd available ring", expected: .misaligned(base + 1),
            change: { $0.available = base + 1 }),
        Misplacement(
            testDescription: "a used ring at 2", expected: .misaligned(base + 2), change: { $0.used = base + 2 }),
        Misplacement(
            testDescription: "descriptors past the memory",
            expected: .memory(GuestMemoryError(address: GuestAddress(memoryByteCount - 16), byteCount: 64)),
            change: { $0.descriptors = GuestAddress(memoryByteCount - 16) }),
        Misplacement(
            testDescription: "a used ring at the end of the address space",
            expected: .memory(GuestMemoryError(address: GuestAddress(.max - 3), byteCount: 38)),
            change: { $0.used = GuestAddress(.max - 3) }),
        Misplacement(testDescription: "no entries", expected: .chainTooLong, change: { $0.size = 0 }),
        Misplacement(testDescription: "three entries", expected: .chainTooLong, change: { $0.size = 3 }),
        Misplacement(
            testDescription: "indexes further apart than the ring is long",
            expected: .overrun(waiting: 5, capacity: 4), change: { $0.nextAvailable = 5 }),
    ]

    @Test("a queue in an impossible place is refused", arguments: misplacements)
    func misplaced(_ misplacement: Misplacement) throws {
        let memory = try GuestMemory(lowByteCount: Self.memoryByteCount)
        var layout = DriverQueue(memory: memory, base: Self.base, size: 4).layout
        misplacement.change(&layout)

        #expect(throws: misplacement.expected) {
            _ = try Virtqueue(layout: layout, memory: memory, usesEventIndex: true)
        }
    }
}
