// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine
internal import MachineTesting
internal import Synchronization

extension FuzzEntry {
    /// A backend whose answers are damaged now and then, under a driver that starts, pauses and resets.
    static func vhostUser(_ random: inout SplitMix) throws {
        let dice = Mutex(SplitMix(seed: random.next()))
        var number: CInt = -1
        let backend = try BackendDouble { message in
            dice.withLock { random in
                guard random.once(in: 24), var answer = BackendDouble.acknowledge(message) else {
                    return BackendDouble.acknowledge(message)
                }
                if random.once(in: 4) { return nil }
                for _ in 0..<1 + random.below(4) where !answer.isEmpty {
                    answer[random.below(answer.count)] = random.byte()
                }
                // Shorter would have the front-end wait for the rest.
                return answer + random.bytes(below: random.once(in: 2) ? 40 : 1)
            }
        } _: {
            number = $0.release()
        }
        defer { backend.join() }
        try drive(Descriptor(owning: number), &random)
    }

    private static func drive(_ socket: consuming Descriptor, _ random: inout SplitMix) throws {
        guard let device = try? VirtioFileSystem(tag: "fuzz", backend: socket) else { return }
        try device.begin()
        let memory = try GuestMemory(lowByteCount: 1 << 20, isShared: true)
        let queues = (0..<2).map {
            DriverQueue(memory: memory, base: GuestAddress(0x1_0000 + UInt64($0) * 0x1_0000), size: 64)
        }
        for _ in 0..<12 {
            switch random.below(4) {
            case 0:
                device.deactivate()
                device.wires.repair()
                let layouts = queues.map { random.once(in: 4) ? nil : $0.layout }
                try device.activate(.init(memory: memory, features: device.offeredFeatures, queues: layouts))
            case 1: device.sleep()
            case 2: device.wake()
            default:
                for layout in device.queueProgress {
                    guard let layout else { continue }
                    try Finding.check(layout.size == 64, "the backend has changed a ring's size")
                }
            }
        }
        device.stop()
        _ = try device.step()
        device.close()
    }
}
