// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio 9P")
struct NinePDeviceTests {
    private typealias Bench = Workbench<VirtioNineP>
    private let folder: SharedFolder

    init() throws { folder = try SharedFolder() }

    private func device(isReadOnly: Bool = false) throws -> VirtioNineP {
        try VirtioNineP(
            tag: "home", directory: try folder.directory(), owners: .squash, isReadOnly: isReadOnly,
            descriptorLimit: 1000)
    }

    /// A client whose messages go through the ring, in buffers of odd sizes.
    private func client(_ bench: Bench, _ collect: @escaping () throws -> UInt32) -> NinePClient {
        NinePClient { request, room in
            let reply = Bench.buffers + UInt64(2 << 20)
            try bench.memory.write(request, at: Bench.buffers)
            let cut = min(7, request.count - 1)
            try bench.offer(
                [
                    .init(Bench.buffers, UInt32(cut)),
                    .init(Bench.buffers + UInt64(cut), UInt32(request.count - cut)),
                    .init(reply, 11, isWritable: true), .init(reply + 11, UInt32(room - 11), isWritable: true),
                ], to: 0)
            let count = try collect()
            return try bench.memory.read(at: reply, count: Int(count))
        }
    }

    @Test("the tag is in the configuration structure")
    func tag() throws {
        let device = try device()

        #expect(device.deviceID == 9)
        #expect(device.offeredFeatures & 1 == 1)
        #expect(device.readConfiguration(at: 0, width: .word) == 4)
        let text = (2..<6).map { UInt8(truncatingIfNeeded: device.readConfiguration(at: $0, width: .byte)) }
        #expect(text == Array("home".utf8))
        #expect(device.readConfiguration(at: 6, width: .long) == 0)
        #expect(device.readConfiguration(at: .max, width: .long) == 0)
    }

    @Test("files go through the ring, large ones in one message")
    func ring() throws {
        let bench = try Bench(try device())
        let client = client(bench) { try bench.collect(from: 0).byteCount }
        try client.attach()
        try client.walk(0, to: 1)
        try client.create(1, "file")
        let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }

        #expect(try client.write(1, bytes) == bytes.count)
        #expect(try client.read(1, count: 600_000) == bytes)
    }

    @Test("what is no message, or leaves no room for an error, breaks the device", arguments: [(6, 100), (7, 10)])
    func malformed(_ sizes: (request: UInt32, room: UInt32)) throws {
        let bench = try Bench(try device())

        try bench.offer(
            [.init(Bench.buffers, sizes.request), .init(Bench.buffers, sizes.room, isWritable: true)], to: 0)

        #expect(throws: Bench.BrokenDevice.self) { try bench.collect(from: 0) }
    }

    @Test("a sleeping device leaves the ring alone, and a reset one has forgotten every fid")
    func sleep() throws {
        let bench = try Bench(try device())
        let client = client(bench) { try bench.collect(from: 0).byteCount }
        try client.attach()
        let empty = NinePState().encoded
        #expect(bench.device.deviceStateBytes != empty)
        bench.device.sleep()
        try bench.offer([.init(Bench.buffers, 7), .init(Bench.buffers, 11, isWritable: true)], to: 0)
        _ = try bench.device.step()
        #expect(try bench.queues[0].collect() == nil)
        bench.device.wake()
        #expect(try bench.collect(from: 0).byteCount == 11)

        bench.device.deactivate()

        #expect(bench.device.deviceStateBytes == empty)
    }

    @Test("every request is done on a thread of its own under its filter", arguments: [false, true])
    func filtered(isReadOnly: Bool) throws {
        try SharedFolder.write("text", to: folder.path + "/there")
        try #require(unsafe symlink("there", folder.path + "/to-there") == 0)
        let device = try device(isReadOnly: isReadOnly)
        let thread = try DeviceThread(device, filter: ThreadFilters.share(isReadOnly: isReadOnly))
        let bench = try Bench(device, isOnThread: true)
        // The thread is borrowed by no closure: the client's replies are awaited by hand.
        let client = client(bench) {
            while true {
                try bench.queues[0].setUsedEvent(bench.queues[0].lastSeenUsed)
                if let used = try bench.queues[0].collect() { return used.byteCount }
                try waitUntilReady(bench.device.wires.callDescriptor(0), readable: true)
                bench.device.wires.clearCall(0)
            }
        }
        try client.attach()
        try client.find("there", as: 1)
        try client.open(1, O_RDONLY)
        #expect(try client.read(1) == Array("text".utf8))
        try client.find("to-there", as: 2)
        #expect(try client.linkTarget(2) == "there")
        try client.walk(0, to: 3)
        try client.open(3, O_RDONLY)
        #expect(try client.entries(3).count == 4)
        #expect(throws: NinePRefusal(UInt32(ENODATA))) { try client.attribute(1, "user.none", by: 9) }
        #expect(try client.attribute(1, "", by: 9) == [])
        _ = try client.call(8) { $0.append(UInt32(1)) }
        try client.call(50) { message in
            message.append(UInt32(1))
            message.append(UInt32(0))
        }
        if !isReadOnly { try change(client) }
        thread.expectRest()
        device.stop()
        thread.join()
    }

    private func change(_ client: NinePClient) throws {
        try client.walk(0, to: 20)
        try client.create(20, "file")
        try client.write(20, [1, 2, 3])
        try client.change(20, .size, size: 1)
        try client.change(20, .mode, mode: 0o600)
        try client.change(20, .now)
        try client.change(20, .owners, user: 0, group: 0)
        try client.find("file", as: 21)
        try client.change(21, .mode, mode: 0o640)
        try client.setAttribute(21, "user.x", to: [1], by: 22)
        try client.setAttribute(21, "user.x", to: [], flags: 2, by: 22)
        try client.link(0, 21, "hard")
        try client.makeFolder(0, "folder")
        try client.makeNode(0, "pipe", mode: S_IFIFO | 0o600)
        try client.makeLink(0, "soft", to: "file")
        try client.rename(0, "soft", to: 0, "other")
        try client.unlink(0, "other")
        try client.unlink(0, "folder", isFolder: true)
        try client.remove(21)
    }
}
