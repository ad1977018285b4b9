// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Host
internal import Machine
internal import MachineTesting

extension FuzzEntry {
    /// Commands for a network card's control queue, right ones and damaged ones, with states saved and restored
    /// between.
    static func networkControl(_ random: inout SplitMix) throws {
        let pairs = try (0...random.below(3)).map { _ in try StreamPair() }
        let device = try VirtioNetwork(
            .frames(try pairs.map { PasstAttachment(owning: try $0.near.duplicate()) }),
            address: MACAddress(rawValue: 0x5254_0000_0001))
        let bench = try Workbench(device, isActive: false)
        for companion in device.companions { try companion.begin() }
        try bench.activate()
        let queue = 2 * pairs.count
        for _ in 0..<200 {
            try give(command(&random), to: bench, queue: queue, &random)
            try check(device.settings, pairLimit: pairs.count)
            if random.once(in: 16) { device.announce() }
            if random.once(in: 16) { device.setLink(isUp: random.once(in: 2)) }
            if random.once(in: 16) { try carryOver(device, bench) }
        }
        try end(device)
    }

    private static func give(
        _ bytes: [UInt8], to bench: Workbench<VirtioNetwork>, queue: Int, _ random: inout SplitMix
    ) throws {
        let start = Workbench<VirtioNetwork>.buffers
        let answer = start + 0x10_0000
        try bench.memory.write(bytes, at: start)
        try bench.memory.store(UInt8(0xEE), at: answer)
        // Cut anywhere, as a driver may.
        let cut = UInt32(1 + random.below(bytes.count))
        var chain: [DriverQueue.Buffer] = [.init(start, cut)]
        if Int(cut) < bytes.count { chain.append(.init(start + UInt64(cut), UInt32(bytes.count) - cut)) }
        try bench.offer(chain + [.init(answer, 1, isWritable: true)], to: queue)
        if bytes.count < 2 {
            while !bench.device.wires.isBroken { _ = try bench.device.step() }
            return try bench.reset()
        }
        _ = try bench.collect(from: queue)
        let status: UInt8 = try bench.memory.load(at: answer)
        try Finding.check(status < 2 ? [] : ["a command was answered with \(status)"])
    }

    private static func command(_ random: inout SplitMix) -> [UInt8] {
        var bytes: [UInt8]
        switch random.below(6) {
        case 0: bytes = [0, UInt8(random.below(7)), UInt8(random.below(2))]
        case 1: bytes = [1, 0] + table(&random) + table(&random)
        case 2: bytes = [1, 1] + (0..<6).map { _ in random.byte() }
        case 3: bytes = [3, 0]
        case 4: bytes = [4, 0, UInt8(random.below(5)), 0]
        default: bytes = [random.byte()] + random.bytes(below: 20)
        }
        if random.once(in: 8) { bytes[random.below(bytes.count)] = random.byte() }
        if random.once(in: 8) { bytes.removeLast(random.below(bytes.count)) }
        return bytes
    }

    private static func table(_ random: inout SplitMix) -> [UInt8] {
        let count = random.once(in: 4) ? random.below(200) : random.below(4)
        return [UInt8(count), 0, 0, 0] + (0..<6 * count).map { _ in random.byte() }
    }

    private static func check(_ settings: NetworkSettings, pairLimit: Int) throws {
        let filter = settings.filter
        try Finding.check(
            1...pairLimit ~= settings.pairCount && filter.unicast.count <= ReceiveFilter.capacity
                && filter.multicast.count <= ReceiveFilter.capacity,
            "settings that a card can never have: \(settings)")
    }

    /// Takes the card to another process and back.
    private static func carryOver(_ device: VirtioNetwork, _ bench: Workbench<VirtioNetwork>) throws {
        device.sleep()
        let state = device.deviceStateBytes
        let progress = device.queueProgress
        device.deactivate()
        try device.restoreDeviceState(state)
        try bench.activate(progress)
        try Finding.check(device.deviceStateBytes == state, "a restored card is another one")
        device.wake()
    }
}
