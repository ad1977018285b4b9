// SPDX-License-Identifier: Apache-2.0
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio entropy")
struct EntropyTests {
    private static let buffers = Workbench<VirtioEntropy>.buffers

    @Test("a buffer is filled, and the driver told how far")
    func fills() throws {
        let bench = try Workbench(try VirtioEntropy())

        try bench.offer(
            [.init(Self.buffers, 32, isWritable: true), .init(Self.buffers + 64, 32, isWritable: true)], to: 0)

        #expect(try bench.collect(from: 0).byteCount == 64)
        #expect(bench.device.wires.clearCall(0))
        let bytes = try bench.memory.read(at: Self.buffers, count: 128)
        #expect(Set(bytes[0..<32]).count > 4)
        #expect(Set(bytes[64..<96]).count > 4)
        #expect(bytes[32..<64].allSatisfy { $0 == 0 })
    }

    @Test("no request receives more than 64 KiB")
    func limit() throws {
        let bench = try Workbench(try VirtioEntropy())

        try bench.offer([.init(Self.buffers, 1 << 20, isWritable: true)], to: 0)

        #expect(try bench.collect(from: 0).byteCount == 65536)
        #expect(try bench.memory.read(at: Self.buffers + 65536, count: 4096).allSatisfy { $0 == 0 })
    }

    @Test("a full ring takes several wake-ups and no further kick")
    func budget() throws {
        let bench = try Workbench(try VirtioEntropy())
        for _ in 0..<64 { try bench.offer([.init(Self.buffers, 8, isWritable: true)], to: 0) }

        for _ in 0..<64 { #expect(try bench.collect(from: 0).byteCount == 8) }
    }

    @Test("a buffer that the device may not write breaks it")
    func readable() throws {
        let bench = try Workbench(try VirtioEntropy())

        try bench.offer([.init(Self.buffers, 8)], to: 0)

        #expect(throws: Workbench<VirtioEntropy>.BrokenDevice.self) { try bench.collect(from: 0) }
    }

    @Test("a sleeping device leaves the ring alone, and goes on where it stopped")
    func sleep() throws {
        let bench = try Workbench(try VirtioEntropy())
        bench.device.sleep()
        try bench.offer([.init(Self.buffers, 8, isWritable: true)], to: 0)
        _ = try bench.device.step()
        #expect(try bench.queues[0].collect() == nil)
        #expect(bench.device.queueProgress[0]?.nextAvailable == 0)

        bench.device.wake()

        #expect(try bench.collect(from: 0).byteCount == 8)
        #expect(bench.device.queueProgress[0]?.nextUsed == 1)
    }

    @Test("the device works on a thread of its own under its filter")
    func filtered() throws {
        let device = try VirtioEntropy()
        let thread = try DeviceThread(device, filter: ThreadFilters.entropy)
        let bench = try Workbench(device, isOnThread: true)

        try bench.offer([.init(Self.buffers, 300, isWritable: true)], to: 0)

        #expect(try thread.collect(from: 0, bench).byteCount == 300)
        thread.expectRest()
        device.stop()
        thread.join()
    }
}
