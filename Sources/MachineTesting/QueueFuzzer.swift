// SPDX-License-Identifier: Apache-2.0
package import Machine

/// A driver that writes nonsense into a device's rings, in an order that its seed decides. Whatever it does, the
/// device must neither trap, nor hang, nor touch anything beyond the guest's memory.
package struct QueueFuzzer<Device: ThreadedDevice> {
    private let bench: Workbench<Device>
    private var state: UInt64
    /// How many times the device was found broken, and reset.
    package private(set) var breakCount = 0

    /// - Parameter bench: A device bound to the calling thread.
    package init(_ bench: Workbench<Device>, seed: UInt64) {
        self.bench = bench
        state = seed
    }

    /// Makes `rounds` moves; each lets the device work once.
    package mutating func run(rounds: Int) throws {
        for _ in 0..<rounds {
            try move()
            // The kick makes sure that there is an event: `step()` would wait for one otherwise.
            bench.device.wires.kick(below(bench.queues.count))
            // The first queue is the first thread's, whatever the others' are.
            bench.device.wires.kick(0)
            guard try bench.device.step() else { return }
            if bench.device.wires.isBroken {
                breakCount += 1
                try bench.reset(features: randomFeatures())
            }
        }
    }

    private mutating func move() throws {
        let index = below(bench.queues.count)
        switch below(16) {
        case 0: try scribble(index)
        case 1: try bench.queues[index].publish(UInt16(truncatingIfNeeded: next()))
        case 2: try bench.queues[index].claimPublished(UInt16(truncatingIfNeeded: next()))
        case 3:
            bench.device.sleep()
            bench.device.wake()
        case 4: try bench.reset(features: randomFeatures())
        case 5:
            try bench.queues[index].offerIndirect(chain(), table: Workbench<Device>.buffers + UInt64(below(4096)) * 16)
        case 6: _ = bench.device.readConfiguration(at: next() >> UInt64(below(64)), width: .long)
        default: try bench.queues[index].offer(chain())
        }
        while try bench.queues[index].collect() != nil, below(64) > 0 {}
        try fillBuffers()
    }

    /// One to four buffers, most of them sane in place, length and order.
    private mutating func chain() -> [DriverQueue.Buffer] {
        let count = 1 + below(4)
        let readable = below(count + 1)
        return (0..<count).map { index in
            let isSane = below(32) > 0
            let address = isSane ? Workbench<Device>.buffers.rawValue + UInt64(below(4 << 20)) : next()
            let lengths: [UInt32] = [1, 8, 12, 16, 512, 4096, 65536, UInt32(truncatingIfNeeded: next())]
            let length = isSane ? lengths[below(7)] : lengths[below(8)]
            return DriverQueue.Buffer(
                GuestAddress(address), length, isWritable: below(32) > 0 ? index >= readable : index < readable)
        }
    }

    /// Random bytes over a part of the ring.
    private mutating func scribble(_ index: Int) throws {
        let layout = bench.queues[index].layout
        let byteCount = DriverQueue.byteCount(size: layout.size)
        for _ in 0..<8 {
            try bench.memory.store(next(), at: layout.descriptors + UInt64(below(Int(byteCount - 8))))
        }
    }

    /// Small numbers where headers are read: request types, flags, sectors, control messages.
    private mutating func fillBuffers() throws {
        for _ in 0..<4 {
            let value = next()
            let small = value >> 32 & 0x0003_000F_0003_000F
            try bench.memory.store(
                below(4) == 0 ? value : small, at: Workbench<Device>.buffers + UInt64(below(4 << 20)))
        }
    }

    private mutating func randomFeatures() -> UInt64 {
        bench.device.offeredFeatures & (next() | next() | VirtioFeature.version1)
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

    // xorshift64*: enough disorder, and the same everywhere.
    private mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
