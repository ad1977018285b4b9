// SPDX-License-Identifier: Apache-2.0
import CMachine
import DiskImage
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio block")
struct BlockTests {
    enum Engine: CaseIterable, Sendable { case ring, kernelAIO }

    private typealias Bench = Workbench<VirtioBlock>
    private static let sectorCount = 2048

    /// A disk of 1 MiB whose sectors begin with their number, under a driver.
    private struct Disk {
        let bench: Bench
        let file: Descriptor.Shared

        init(_ engine: Engine, queues: Int = 1, isReadOnly: Bool = false, features: UInt64? = nil) throws {
            let descriptor = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
            var bytes = [UInt8](repeating: 0, count: sectorCount * 512)
            for sector in 0..<sectorCount {
                bytes[sector * 512] = UInt8(truncatingIfNeeded: sector)
                bytes[sector * 512 + 1] = UInt8(truncatingIfNeeded: sector >> 8)
            }
            try descriptor.writeAll(bytes)
            file = Descriptor.Shared(try descriptor.duplicate())
            let image = try RawImage(owning: descriptor, isReadOnly: isReadOnly)
            let device = try VirtioBlock(
                image: image, serial: "serial-7", queueCount: queues, deniesRing: engine == .kernelAIO)
            bench = try Bench(device, features: features)
        }

        /// Where request `index` has its header (16 bytes), status (1 byte, 16 further) and 4 KiB of data.
        func header(_ index: Int = 0) -> GuestAddress { Bench.buffers + UInt64(index) * 0x2000 }
        func data(_ index: Int = 0) -> GuestAddress { header(index) + 0x1000 }

        func offer(
            _ type: UInt32, sector: UInt64, byteCount: UInt32, isRead: Bool, index: Int = 0, queue: Int = 0
        ) throws {
            try bench.memory.store(type, at: header(index))
            try bench.memory.store(UInt32(0), at: header(index) + 4)
            try bench.memory.store(sector, at: header(index) + 8)
            try bench.memory.store(UInt8(0xFF), at: header(index) + 16)
            var buffers: [DriverQueue.Buffer] = [.init(header(index), 16)]
            if byteCount > 0 { buffers.append(.init(data(index), byteCount, isWritable: isRead)) }
            try bench.offer(buffers + [.init(header(index) + 16, 1, isWritable: true)], to: queue)
        }

        func status(_ index: Int = 0) throws -> UInt8 { try bench.memory.load(at: header(index) + 16) }

        /// One request, start to end: the status and the bytes written to the guest.
        func request(
            _ type: UInt32, sector: UInt64 = 0, byteCount: UInt32 = 0, isRead: Bool = false
        ) throws -> (status: UInt8, written: UInt32) {
            try offer(type, sector: sector, byteCount: byteCount, isRead: isRead)
            let used = try bench.collect(from: 0)
            return (try status(), used.byteCount)
        }

        /// Discard (11) or write zeroes (13) of a range.
        func range(_ type: UInt32, sector: UInt64, sectors: UInt32, flags: UInt32 = 0) throws -> UInt8 {
            try bench.memory.store(sector, at: data())
            try bench.memory.store(sectors, at: data() + 8)
            try bench.memory.store(flags, at: data() + 12)
            return try request(type, byteCount: 16).status
        }
    }

    @Test("a read brings the sectors asked for", arguments: Engine.allCases)
    func read(_ engine: Engine) throws {
        let disk = try Disk(engine)

        let result = try disk.request(0, sector: 515, byteCount: 1024, isRead: true)

        #expect(result == (0, 1025))
        #expect(try disk.bench.memory.read(at: disk.data(), count: 2) == [3, 2])
        #expect(try disk.bench.memory.read(at: disk.data() + 512, count: 2) == [4, 2])
        #expect(disk.bench.device.wires.clearCall(0))
    }

    @Test("a write changes its sectors and no others", arguments: Engine.allCases, [true, false])
    func write(_ engine: Engine, _ hasFlush: Bool) throws {
        let disk = try Disk(engine, features: hasFlush ? nil : VirtioFeature.common)
        try disk.bench.memory.write([UInt8](repeating: 0xEE, count: 512), at: disk.data())

        #expect(try disk.request(1, sector: 9, byteCount: 512) == (0, 1))
        #expect(try disk.request(4) == (0, 1))

        #expect(try disk.file.read(at: 9 * 512, count: 512).allSatisfy { $0 == 0xEE })
        #expect(try disk.file.read(at: 8 * 512, count: 1) == [8])
        #expect(try disk.file.read(at: 10 * 512, count: 1) == [10])
    }

    @Test("discard and write zeroes leave zeros behind, and nothing beside them", arguments: Engine.allCases)
    func zeros(_ engine: Engine) throws {
        let disk = try Disk(engine)
        for (type, flags) in [(UInt32(11), UInt32(0)), (13, 0), (13, 1)] {
            let sector = UInt64(type) * 64 + UInt64(flags) * 32
            #expect(try disk.range(type, sector: sector, sectors: 8, flags: flags) == 0)
            #expect(try disk.file.read(at: sector * 512, count: 8 * 512).allSatisfy { $0 == 0 })
            #expect(try disk.file.read(at: (sector - 1) * 512, count: 1) != [0])
            #expect(try disk.file.read(at: (sector + 8) * 512, count: 1) != [0])
        }
        #expect(try disk.range(11, sector: 2047, sectors: 2) == 1)
        #expect(try disk.range(13, sector: .max, sectors: 1) == 1)
        #expect(try disk.range(13, sector: 0, sectors: 1, flags: 2) == 2)
        #expect(try disk.range(11, sector: 0, sectors: 1, flags: 1) == 2)
        #expect(try disk.range(11, sector: 0, sectors: 0) == 0)
        #expect(try disk.range(11, sector: 0, sectors: .max) == 2)
        #expect(try disk.request(11, byteCount: 32).status == 2)
        #expect(try disk.file.read(at: 512, count: 1) == [1])
    }

    @Test("the serial number fills 20 bytes")
    func serial() throws {
        let disk = try Disk(.ring)

        #expect(try disk.request(8, byteCount: 20, isRead: true) == (0, 21))
        #expect(
            try disk.bench.memory.read(at: disk.data(), count: 20)
                == Array("serial-7".utf8) + [UInt8](repeating: 0, count: 12))
    }

    @Test("a read-only disk is offered as one and refuses every change", arguments: Engine.allCases)
    func readOnly(_ engine: Engine) throws {
        let disk = try Disk(engine, isReadOnly: true)

        #expect(disk.bench.device.offeredFeatures & 1 << 5 != 0)
        #expect(try disk.request(1, sector: 0, byteCount: 512).status == 1)
        #expect(try disk.range(11, sector: 0, sectors: 1) == 2)
        #expect(try disk.range(13, sector: 0, sectors: 1) == 2)
        #expect(try disk.request(0, sector: 1, byteCount: 512, isRead: true).status == 0)
        #expect(try disk.request(4).status == 0)
    }

    @Test(
        "a transfer that leaves the disk or is no whole sector fails",
        arguments: [
            (2048, 512), (2047, 1024), (UInt64.max, 512), (1 << 55, 512), (0, 100), (0, 0),
        ] as [(UInt64, UInt32)])
    func outOfRange(_ sector: UInt64, _ byteCount: UInt32) throws {
        let disk = try Disk(.ring)

        #expect(try disk.request(0, sector: sector, byteCount: byteCount, isRead: true) == (1, 1))
        #expect(try disk.request(0, sector: 1, byteCount: 512, isRead: true).status == 0)
    }

    @Test("a transfer of at most 64 MiB is made, and a longer one refused", arguments: [64, 65])
    func longest(_ mebibytes: Int) throws {
        let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        try #require(ftruncate(file.borrowed, 128 << 20) == 0)
        let bench = try Bench(
            try VirtioBlock(
                image: try RawImage(owning: file, isReadOnly: false), serial: "", queueCount: 1, deniesRing: false))
        let header = Bench.buffers
        let data = DriverQueue.Buffer(Bench.buffers + 0x10_0000, 1 << 20, isWritable: true)
        try bench.memory.write([UInt8](repeating: 0, count: 16), at: header)

        try bench.offer(
            [.init(header, 16)] + Array(repeating: data, count: mebibytes)
                + [.init(header + 16, 1, isWritable: true)], to: 0)
        let written = try bench.collect(from: 0).byteCount

        #expect(try bench.memory.load(UInt8.self, at: header + 16) == (mebibytes == 64 ? 0 : 1))
        #expect(written == (mebibytes == 64 ? 64 << 20 + 1 : 1))
    }

    @Test("an unknown request is answered as unsupported", arguments: [2, 3, 9, 14, UInt32.max])
    func unknown(_ type: UInt32) throws {
        #expect(try Disk(.ring).request(type, byteCount: 512, isRead: true) == (2, 1))
    }

    @Test("a request without header or status breaks the device, slots and all, only until it is reset")
    func malformed() throws {
        let disk = try Disk(.ring)
        for round in 0..<600 {
            let address = disk.header()
            try disk.bench.offer(round % 2 == 0 ? [.init(address, 16)] : [.init(address, 1, isWritable: true)], to: 0)
            if round % 3 == 0 { try disk.bench.queues[0].claimPublished(9999) }
            while !disk.bench.device.wires.isBroken { _ = try disk.bench.device.step() }
            try disk.bench.reset()
        }
        #expect(try disk.request(0, sector: 5, byteCount: 512, isRead: true).status == 0)
    }

    @Test("128 requests on two queues at once each get their own data", arguments: Engine.allCases)
    func depth(_ engine: Engine) throws {
        let disk = try Disk(engine, queues: 2)
        for round in 0..<3 {
            for index in 0..<128 {
                let sector = UInt64((index * 13 + round * 7) % 2000)
                try disk.offer(0, sector: sector, byteCount: 4096, isRead: true, index: index, queue: index % 2)
            }
            for index in 0..<128 { _ = try disk.bench.collect(from: index % 2) }
            for index in 0..<128 {
                let sector = (index * 13 + round * 7) % 2000
                #expect(try disk.status(index) == 0)
                for part in 0..<8 {
                    let found: UInt16 = try disk.bench.memory.load(at: disk.data(index) + UInt64(part) * 512)
                    #expect(Int(found) == sector + part)
                }
            }
        }
    }

    @Test("more requests than slots are all served", arguments: Engine.allCases)
    func starvation(_ engine: Engine) throws {
        let disk = try Disk(engine, queues: 4)
        for queue in 0..<4 {
            for index in 0..<80 {
                try disk.offer(
                    0, sector: UInt64(index), byteCount: 512, isRead: true, index: queue * 80 + index, queue: queue)
            }
        }
        for queue in 0..<4 { for _ in 0..<80 { _ = try disk.bench.collect(from: queue) } }
        for index in 0..<320 { #expect(try disk.status(index) == 0) }
    }

    @Test("a device that sleeps has finished what it began, and goes on afterwards", arguments: Engine.allCases)
    func sleep(_ engine: Engine) throws {
        let disk = try Disk(engine)
        for index in 0..<50 { try disk.offer(0, sector: UInt64(index), byteCount: 4096, isRead: true, index: index) }
        _ = try disk.bench.device.step()

        disk.bench.device.sleep()
        let progress = try #require(disk.bench.device.queueProgress[0])
        #expect(progress.nextAvailable == progress.nextUsed)
        for index in 50..<80 { try disk.offer(0, sector: UInt64(index), byteCount: 4096, isRead: true, index: index) }
        disk.bench.device.wake()

        for _ in 0..<80 { _ = try disk.bench.collect(from: 0) }
        for index in 0..<80 { #expect(try disk.status(index) == 0) }
    }

    @Test("the queue goes on elsewhere from where it had come")
    func handover() throws {
        let disk = try Disk(.ring)
        _ = try disk.request(0, sector: 1, byteCount: 512, isRead: true)
        disk.bench.device.sleep()
        let progress = disk.bench.device.queueProgress
        disk.bench.device.deactivate()

        try disk.bench.activate(progress)

        #expect(try disk.request(0, sector: 2, byteCount: 512, isRead: true).status == 0)
        #expect(disk.bench.device.queueProgress[0]?.nextUsed == 2)
    }

    @Test("the configuration names size, blocks and queues")
    func configuration() throws {
        let device = try Disk(.ring, queues: 3).bench.device

        #expect(device.readConfiguration(at: 0, width: .quad) == 2048)
        #expect(device.readConfiguration(at: 20, width: .long) == 512)
        #expect(device.readConfiguration(at: 34, width: .word) == 3)
        #expect(device.readConfiguration(at: 59, width: .quad) == 0)
        #expect(device.readConfiguration(at: .max, width: .quad) == 0)
    }

    @Test("the device works on a thread of its own under its filter", arguments: Engine.allCases)
    func filtered(_ engine: Engine) throws {
        let descriptor = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        try #require(ftruncate(descriptor.borrowed, 1 << 20) == 0)
        let image = try RawImage(owning: descriptor, isReadOnly: false)
        let device = try VirtioBlock(image: image, serial: "", queueCount: 1, deniesRing: engine == .kernelAIO)
        let thread = try DeviceThread(device, filter: ThreadFilters.block)
        let bench = try Bench(device, isOnThread: true)
        for type in [UInt32(0), 1, 4, 8, 11, 13] {
            try bench.memory.store(type, at: Bench.buffers)
            try bench.memory.store(UInt64(8), at: Bench.buffers + 0x1000)
            try bench.memory.store(UInt64(8), at: Bench.buffers + 0x1008)
            let byteCount: UInt32 = type > 8 ? 16 : 512
            try bench.offer(
                [
                    .init(Bench.buffers, 16),
                    .init(Bench.buffers + 0x1000, byteCount, isWritable: type == 0 || type == 8),
                    .init(Bench.buffers + 16, 1, isWritable: true),
                ], to: 0)
            _ = try thread.collect(from: 0, bench)
            #expect(try bench.memory.load(at: Bench.buffers + 16) == UInt8(0), "request type \(type)")
        }
        device.deactivate()
        thread.expectRest()
        device.stop()
        thread.join()
    }
}

extension Descriptor {
    /// A descriptor that a copyable value can hold.
    final class Shared: Sendable {
        private let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
        func read(at offset: UInt64, count: Int) throws -> [UInt8] { try descriptor.read(at: offset, count: count) }
    }
}
