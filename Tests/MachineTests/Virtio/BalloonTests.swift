// SPDX-License-Identifier: Apache-2.0
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio balloon")
struct BalloonTests {
    private typealias Bench = Workbench<VirtioBalloon>
    private static let ramByteCount: UInt64 = 16 << 20
    /// Where tests put what the driver says; what it gives away starts at `page`.
    private static let numbers = Bench.buffers
    private static let page: UInt32 = UInt32((Bench.buffers.rawValue >> 12) + 256)

    private static func device(reports: Bool = false) throws -> VirtioBalloon {
        try VirtioBalloon(memoryByteCount: ramByteCount, deflatesOnOOM: true, reportsFreePages: reports)
    }

    private static func address(_ page: UInt32) -> GuestAddress { GuestAddress(UInt64(page) << 12) }

    /// Fills pages, so that a page given back to the host can be told from one that was not.
    private func fill(_ bench: Bench, _ pages: Range<UInt32>) throws {
        for page in pages { try bench.memory.store(UInt64.max, at: Self.address(page)) }
    }

    /// The pages among these that read as zeros.
    private func zeroes(_ bench: Bench, _ pages: Range<UInt32>) throws -> [UInt32] {
        try pages.filter { page in try bench.memory.load(UInt64.self, at: Self.address(page)) == 0 }
    }

    private func offer(_ pages: [UInt32], to queue: Int, of bench: Bench) throws {
        let bytes = pages.flatMap { page in (0..<4).map { UInt8(truncatingIfNeeded: page >> (8 * $0)) } }
        try bench.memory.write(bytes, at: Self.numbers)
        try bench.offer([.init(Self.numbers, UInt32(bytes.count))], to: queue)
    }

    @Test("exactly the pages that the driver names go back to the host, in any order, and can be used again")
    func inflates() throws {
        let bench = try Bench(try Self.device())
        let page = Self.page
        try fill(bench, page..<page + 16)

        try offer([page + 3, page + 1, page + 9, page + 2, page + 3], to: 0, of: bench)

        #expect(try bench.collect(from: 0).byteCount == 0)
        #expect(bench.device.wires.clearCall(0))
        #expect(try zeroes(bench, page..<page + 16) == [page + 1, page + 2, page + 3, page + 9])
        try fill(bench, page + 1..<page + 4)
        #expect(try zeroes(bench, page..<page + 8) == [])
    }

    @Test("a chain of many pages is served in parts and returned once")
    func parts() throws {
        let bench = try Bench(try Self.device())
        let page = Self.page
        let pages = (0..<3000).map { page + UInt32($0 % 40) }
        try fill(bench, page..<page + 48)

        try offer(pages + [page + 44], to: 0, of: bench)

        _ = try bench.collect(from: 0)
        #expect(try zeroes(bench, page..<page + 48) == Array(page..<page + 40) + [page + 44])
        #expect(try bench.queues[0].collect() == nil)
        #expect(bench.device.queueProgress[0]?.nextUsed == 1)
    }

    @Test("a page that is no memory breaks the device", arguments: [UInt32(4096), 0xF_FFFF, 0x10_0000, .max])
    func beyond(page: UInt32) throws {
        let bench = try Bench(try Self.device())

        try offer([page], to: 0, of: bench)

        #expect(throws: Bench.BrokenDevice.self) { try bench.collect(from: 0) }
    }

    @Test("a range that reaches over the end of memory breaks the device and gives nothing back")
    func straddles() throws {
        let bench = try Bench(try Self.device())
        try fill(bench, 4094..<4096)

        try offer([4094, 4095, 4096], to: 0, of: bench)

        #expect(throws: Bench.BrokenDevice.self) { try bench.collect(from: 0) }
        #expect(try zeroes(bench, 4094..<4096) == [])
    }

    @Test("page numbers below and above 4 GiB are never one range")
    func seam() throws {
        // All of the low memory is there, so that the last page below and the first above are neighbours by number.
        let memory = try GuestMemory(lowByteCount: 1 << 32, highByteCount: 1 << 20)
        let device = try VirtioBalloon(memoryByteCount: memory.byteCount)
        try device.begin()
        var queue = DriverQueue(memory: memory, base: GuestAddress(0x1_0000), size: 128)
        var layouts = [VirtqueueLayout?](repeating: nil, count: 5)
        layouts[0] = queue.layout
        try device.activate(.init(memory: memory, features: device.offeredFeatures, queues: layouts))
        for page in [UInt32(0xF_FFFF), 0x10_0000] { try memory.store(UInt64.max, at: Self.address(page)) }
        try memory.write([0xFF, 0xFF, 0x0F, 0, 0, 0, 0x10, 0], at: GuestAddress(0x8000))

        try queue.offer([.init(GuestAddress(0x8000), 8)])
        device.wires.kick(0)
        while try queue.collect() == nil {
            _ = try device.step()
            try #require(!device.wires.isBroken)
        }

        #expect(try memory.load(UInt64.self, at: Self.address(0xF_FFFF)) == 0)
        #expect(try memory.load(UInt64.self, at: Self.address(0x10_0000)) == 0)
    }

    @Test("a deflated page is the guest's at once")
    func deflates() throws {
        let bench = try Bench(try Self.device())
        try fill(bench, Self.page..<Self.page + 1)

        try offer([Self.page], to: 1, of: bench)

        #expect(try bench.collect(from: 1).byteCount == 0)
        #expect(try zeroes(bench, Self.page..<Self.page + 1) == [])
    }

    @Test("buffers of the wrong direction or length break the device", arguments: [0, 1, 2, 3, 4])
    func direction(queue: Int) throws {
        let bench = try Bench(try Self.device(reports: true))

        try bench.offer([.init(Self.numbers, 4, isWritable: queue < 3)], to: queue)

        #expect(throws: Bench.BrokenDevice.self) { try bench.collect(from: queue) }
    }

    @Test("reported ranges go back to the host, whole pages alone", arguments: [3, 4])
    func reports(queue: Int) throws {
        let bench = try Bench(try Self.device(reports: true))
        let page = Self.page
        try fill(bench, page..<page + 12)

        try bench.offer(
            [
                .init(Self.address(page + 2), 3 * 4096, isWritable: true),
                .init(Self.address(page + 7) + 8, 3 * 4096 - 8, isWritable: true),
            ], to: queue)

        #expect(try bench.collect(from: queue).byteCount == 0)
        #expect(
            try zeroes(bench, page..<page + 12) == [page + 2, page + 3, page + 4, page + 8, page + 9])
    }

    @Test("a guest that poisons free pages keeps what it reports")
    func poison() throws {
        let bench = try Bench(try Self.device(reports: true))
        bench.device.writeConfiguration(0xAAAA_AAAA, at: 12, width: .long)
        try fill(bench, Self.page..<Self.page + 2)

        try bench.offer([.init(Self.address(Self.page), 8192, isWritable: true)], to: 4)

        _ = try bench.collect(from: 4)
        #expect(try zeroes(bench, Self.page..<Self.page + 2) == [])
        #expect(bench.device.readConfiguration(at: 12, width: .long) == 0xAAAA_AAAA)
    }

    @Test("the target and the driver's answer are told in pages, and only the answer is the driver's to write")
    func registers() throws {
        let device = try Self.device()
        #expect(device.actualByteCount == Self.ramByteCount)

        device.setTarget(byteCount: 12 << 20)
        device.writeConfiguration(7, at: 0, width: .long)
        #expect(device.wires.clearConfigurationCall())
        #expect(device.readConfiguration(at: 0, width: .long) == 1024)
        device.writeConfiguration(0x300, at: 4, width: .long)
        #expect(device.actualByteCount == Self.ramByteCount - 0x300 * 4096)
        device.writeConfiguration(0xFFFF_FFFF, at: 4, width: .long)
        #expect(device.actualByteCount == 0)
        device.setTarget(byteCount: 1 << 40)
        #expect(device.readConfiguration(at: 0, width: .quad) == 0xFFFF_FFFF_0000_0000)
        #expect(device.readConfiguration(at: 14, width: .quad) == 0)
        #expect(device.readConfiguration(at: .max, width: .quad) == 0)
    }

    @Test("a reset deflates the balloon, and the host's wish stays")
    func reset() throws {
        let bench = try Bench(try Self.device())
        bench.device.setTarget(byteCount: 8 << 20)
        bench.device.writeConfiguration(2048, at: 4, width: .long)
        bench.device.clearChange()

        try bench.reset()

        #expect(bench.device.actualByteCount == Self.ramByteCount)
        #expect(bench.device.readConfiguration(at: 0, width: .long) == 2048)
        try waitUntilReady(bench.device.changeDescriptor, readable: true)
    }

    @Test("the thread sleeps beside a driver that uses fewer queues than there are")
    func rests() throws {
        let device = try Self.device()
        let thread = try DeviceThread(device, filter: ThreadFilters.balloon)
        let bench = try Bench(device, isOnThread: true, isActive: false)
        try bench.activate(bench.queues.indices.map { $0 < 2 ? bench.queues[$0].layout : nil })

        try offer([Self.page], to: 0, of: bench)
        #expect(try thread.collect(from: 0, bench).byteCount == 0)

        thread.expectRest()
        device.stop()
        thread.join()
    }

    @Test("the device works on a thread of its own under its filter")
    func filtered() throws {
        let device = try Self.device(reports: true)
        let thread = try DeviceThread(device, filter: ThreadFilters.balloon)
        let bench = try Bench(device, isOnThread: true)
        try fill(bench, Self.page..<Self.page + 2)

        try offer([Self.page], to: 0, of: bench)
        #expect(try thread.collect(from: 0, bench).byteCount == 0)
        try bench.offer([.init(Self.address(Self.page + 1), 4096, isWritable: true)], to: 3)
        #expect(try thread.collect(from: 3, bench).byteCount == 0)
        device.setPollingInterval(1)
        try offer([0], to: 2, of: bench)
        // The timer asks for more a second later; until then the chain is kept.
        #expect(try thread.collect(from: 2, bench).byteCount == 0)

        #expect(try zeroes(bench, Self.page..<Self.page + 2) == [Self.page, Self.page + 1])
        thread.expectRest()
        device.stop()
        thread.join()
    }
}
