// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio file system")
struct FileSystemTests {
    /// A device, its backend, and a guest whose memory is shared.
    private struct Bed {
        let backend: BackendDouble
        let device: VirtioFileSystem
        let memory: GuestMemory
        let queues: [DriverQueue]

        init(
            answer: @escaping BackendDouble.Answer = BackendDouble.acknowledge, isShared: Bool = true,
            timeoutMilliseconds: CInt = 30_000
        ) throws {
            var number: CInt = -1
            backend = try BackendDouble(answer: answer) { number = $0.release() }
            device = try VirtioFileSystem(
                tag: "work", backend: Descriptor(owning: number), timeoutMilliseconds: timeoutMilliseconds)
            let memory = try GuestMemory(lowByteCount: 4 << 20, highByteCount: 2 << 20, isShared: isShared)
            self.memory = memory
            queues = (0..<2).map {
                DriverQueue(memory: memory, base: GuestAddress(0x1_0000 + UInt64($0) * 0x1_0000), size: 64)
            }
            try device.begin()
        }

        func activate() throws {
            try device.activate(
                VirtioActivation(memory: memory, features: device.offeredFeatures, queues: queues.map(\.layout)))
        }

        func requests(after count: Int = 0) -> [VhostUserRequest?] {
            backend.messages.dropFirst(count).map { VhostUserRequest(rawValue: $0.request) }
        }
    }

    private static let start: [VhostUserRequest] = [
        .setRingSize, .setRingBase, .setRingAddresses, .setRingCall, .setRingKick, .setRingEnable,
    ]

    private static func quads(_ bytes: some Collection<UInt8>) -> [UInt64] {
        let bytes = Array(bytes)
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    @Test("both sides agree, and only what both know is offered to the driver and agreed on in the protocol")
    func agrees() throws {
        let bed = try Bed()

        #expect(
            bed.requests()
                == [.getFeatures, .getProtocolFeatures, .setProtocolFeatures, .getQueueCount, .setOwner])
        #expect(bed.device.offeredFeatures == VirtioFeature.common)
        #expect(Self.quads(bed.backend.messages[2].payload) == [0b1001])
        // Nothing is acknowledged before that is agreed on.
        #expect(bed.backend.messages.map(\.flags) == [1, 1, 1, 1, 9])
    }

    @Test("the registers tell the tag and one queue for requests")
    func registers() throws {
        let device = try Bed().device

        #expect(device.readConfiguration(at: 0, width: .long) == 0x6B72_6F77)
        #expect(device.readConfiguration(at: 4, width: .quad) == 0)
        #expect(device.readConfiguration(at: 36, width: .quad) == 1)
        #expect(device.readConfiguration(at: .max, width: .quad) == 0)
    }

    @Test("a start hands over features, both regions of the memory by guest addresses, and the rings")
    func starts() throws {
        let bed = try Bed()
        let before = bed.backend.messages.count

        try bed.activate()

        let rings = Self.start + Self.start
        #expect(bed.requests(after: before) == [.setFeatures, .setMemoryTable] + rings)
        let messages = bed.backend.messages.dropFirst(before).map(\.payload)
        let features = VirtioFeature.common | VhostUserFeature.protocolFeatures
        #expect(Self.quads(messages[0]) == [features])
        let low: [UInt64] = [0, 0x40_0000, 0, 0]
        let high: [UInt64] = [0x1_0000_0000, 0x20_0000, 0x1_0000_0000, 0x40_0000]
        #expect(Self.quads(messages[1]) == [2] + low + high)
        let layout = bed.queues[1].layout
        let addresses = [layout.descriptors, layout.used, layout.available].map(\.rawValue)
        #expect(Self.quads(messages[10]) == [1] + addresses + [0])
        #expect(!bed.device.wires.isBroken)
    }

    @Test("sleep takes the rings back, and wake starts them where they stood")
    func sleeps() throws {
        let bed = try Bed()
        try bed.activate()
        try bed.memory.store(UInt16(5), at: bed.queues[0].layout.used + 2)
        let before = bed.backend.messages.count

        bed.device.sleep()
        bed.device.sleep()

        #expect(bed.requests(after: before) == [.getRingBase, .getRingBase])
        #expect(bed.device.queueProgress.map { $0?.nextAvailable } == [7, 7])
        #expect(bed.device.queueProgress.map { $0?.nextUsed } == [5, 0])
        bed.device.wake()
        bed.device.wake()
        #expect(bed.requests(after: before + 2) == Self.start + Self.start)
        #expect(bed.backend.messages[before + 3].payload == [0, 0, 0, 0, 7, 0, 0, 0])
    }

    @Test("a reset takes the rings back, and the next driver starts anew")
    func resets() throws {
        let bed = try Bed()
        try bed.activate()
        let before = bed.backend.messages.count

        bed.device.deactivate()
        try bed.activate()

        let stop: [VhostUserRequest] = [.getRingBase, .getRingBase, .setFeatures, .setMemoryTable]
        #expect(bed.requests(after: before) == stop + Self.start + Self.start)
        #expect(bed.backend.messages[before + 5].payload == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("a backend that refuses, lies or goes breaks the device, and only the device", arguments: 0..<5)
    func fails(kind: Int) throws {
        let bed = try Bed(answer: { message in
            guard VhostUserRequest(rawValue: message.request) == .setRingKick else {
                return BackendDouble.acknowledge(message)
            }
            switch kind {
            case 0: return nil
            case 1: return BackendDouble.reply(to: message, [1, 0, 0, 0, 0, 0, 0, 0])
            case 2: return BackendDouble.reply(to: message, [0, 0, 0, 0])
            case 3: return BackendDouble.reply(to: message, [UInt8](repeating: 0, count: 4096))
            default: return [UInt8](repeating: 0xFF, count: 20)
            }
        })

        try bed.activate()

        #expect(bed.device.wires.isBroken)
        #expect(bed.device.wires.clearConfigurationCall())
        bed.device.sleep()
        bed.device.wake()
        bed.device.deactivate()
        bed.device.wires.repair()
        try bed.activate()
        #expect(bed.device.wires.isBroken)
    }

    @Test("a backend that is given up is told so by the end of the connection, and serves no ring any more")
    func givesUp() throws {
        let bed = try Bed(answer: { message in
            VhostUserRequest(rawValue: message.request) == .setRingKick
                ? BackendDouble.reply(to: message, [1, 0, 0, 0, 0, 0, 0, 0]) : BackendDouble.acknowledge(message)
        })

        try bed.activate()
        bed.backend.join()

        #expect(bed.backend.hasSeenEnd)
        #expect(bed.device.wires.isBroken)
    }

    @Test("a backend that takes its time over each request is given up, because the guest waits for all of them")
    func dawdles() throws {
        let bed = try Bed(
            answer: { message in
                // Two at most come in time.
                if VhostUserRequest(rawValue: message.request) == .setRingSize || message.payload.count == 40 {
                    usleep(800_000)
                }
                return BackendDouble.acknowledge(message)
            }, timeoutMilliseconds: 1500)

        try bed.activate()

        #expect(bed.device.wires.isBroken)
    }

    @Test("a ring that stands where no ring can breaks the device")
    func base() throws {
        let bed = try Bed(answer: { message in
            VhostUserRequest(rawValue: message.request) == .getRingBase
                ? BackendDouble.reply(to: message, [0, 0, 0, 0, 0, 0, 1, 0]) : BackendDouble.acknowledge(message)
        })
        try bed.activate()

        bed.device.sleep()

        #expect(bed.device.wires.isBroken)
    }

    @Test("a backend that goes while nobody asks it breaks the device")
    func leaves() throws {
        let bed = try Bed(answer: { message in
            let isLast = VhostUserRequest(rawValue: message.request) == .setRingEnable && message.payload[0] == 1
            let answer = BackendDouble.acknowledge(message)
            // The last answer is followed by a byte that nobody has asked for.
            return isLast ? answer.map { $0 + [1] } : answer
        })
        try bed.activate()

        while !bed.device.wires.isBroken { _ = try bed.device.step() }

        #expect(bed.device.wires.clearConfigurationCall())
    }

    @Test(
        "a backend without what is needed is refused",
        arguments: [VhostUserRequest.getFeatures, .getProtocolFeatures])
    func lacks(request: VhostUserRequest) throws {
        #expect(throws: VhostUserError.self) {
            _ = try Bed(answer: { message in
                VhostUserRequest(rawValue: message.request) == request
                    ? BackendDouble.reply(to: message, [0, 0, 0, 0, 0, 0, 0, 0]) : BackendDouble.acknowledge(message)
            })
        }
    }

    @Test("memory that is not shared breaks the device")
    func privateMemory() throws {
        let bed = try Bed(isShared: false)

        try bed.activate()

        #expect(bed.device.wires.isBroken)
    }

    @Test("the device works on a thread of its own under its filter")
    func filtered() throws {
        var number: CInt = -1
        let backend = try BackendDouble { number = $0.release() }
        let device = try VirtioFileSystem(tag: "work", backend: Descriptor(owning: number))
        let thread = try DeviceThread(device, filter: ThreadFilters.vhostUser)
        let memory = try GuestMemory(lowByteCount: 4 << 20, isShared: true)
        let queue = DriverQueue(memory: memory, base: GuestAddress(0x1_0000), size: 64)

        try device.activate(
            VirtioActivation(memory: memory, features: device.offeredFeatures, queues: [queue.layout, nil]))
        device.sleep()
        device.wake()

        #expect(!device.wires.isBroken)
        #expect(backend.messages.filter { $0.request == VhostUserRequest.setRingEnable.rawValue }.count == 2)
        thread.expectRest()
        device.stop()
        thread.join()
    }
}
