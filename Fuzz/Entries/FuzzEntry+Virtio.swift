// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host
internal import Machine
internal import MachineTesting

extension FuzzEntry {
    /// The transport of all virtio devices, and the rings of each.
    static var virtio: [FuzzEntry] {
        [
            FuzzEntry("virtio-pci", transport),
            FuzzEntry("virtio-entropy") { random in try rings(try VirtioEntropy(), &random) },
            FuzzEntry("virtio-block", block), FuzzEntry("virtio-block-chain", imageChain),
            FuzzEntry("virtio-network", network),
            FuzzEntry("virtio-network-control", networkControl),
            FuzzEntry("virtio-console", console), FuzzEntry("virtio-balloon", balloon),
            FuzzEntry("vhost-user", vhostUser),
            FuzzEntry("virtio-9p") { random in try rings(try DeviceFixtures.share(), &random) },
            FuzzEntry("9p", files),
        ]
    }

    /// After each few moves the rules of KVM and of the device's protocol must have been kept.
    private static func transport(_ random: inout SplitMix) throws {
        let queueSizes = (0..<1 + random.below(66)).map { _ in UInt16(1) << UInt16(random.below(11)) }
        let device = try IdleDevice(queueSizes: queueSizes)
        let router = RouterProbe(limit: UInt32(random.below(80)))
        let binder = BinderProbe()
        let function = try DeviceFixtures.function(device, router: router, binder: binder)
        var fuzzer = TransportFuzzer(function, seed: random.next())
        for _ in 0..<40 {
            fuzzer.run(count: 8)
            try Finding.check(router.violations + binder.violations + device.violations)
        }
    }

    /// The device is served by this thread, its companions' part included.
    private static func rings<Device: ThreadedDevice>(
        _ device: Device, _ random: inout SplitMix, host: (inout SplitMix) throws -> Void = { _ in }
    ) throws {
        let bench = try Workbench(device, isActive: false)
        for companion in device.companions { try companion.begin() }
        try restore(device, &random)
        try bench.activate()
        // An xorshift must not start at 0.
        var fuzzer = QueueFuzzer(bench, seed: random.next() | 1)
        for _ in 0..<12 {
            try fuzzer.run(rounds: 40)
            try host(&random)
            for (index, companion) in device.companions.enumerated() {
                device.wires.kick(2 * index + 3)
                _ = try companion.step()
            }
        }
        try end(device)
    }

    /// Has all threads of a device do their last step: one that keeps its letters keeps its descriptors too.
    static func end(_ device: some ThreadedDevice) throws {
        device.stop()
        for thread in [device as any ServingThread] + device.companions {
            _ = try thread.step()
            thread.close()
        }
    }

    /// Offers the device a damaged state of its own, which it refuses or takes and writes again.
    private static func restore(_ device: some ThreadedDevice, _ random: inout SplitMix) throws {
        let saved = Corpus(inputs: [device.deviceStateBytes])
        for _ in 0..<4 {
            let bytes = saved.damaged(&random)
            let before = device.deviceStateBytes
            do {
                try device.restoreDeviceState(bytes)
            } catch {
                try Finding.check(device.deviceStateBytes == before, "a refused state has changed the device")
            }
        }
    }

    /// A client that asks for anything while the host moves and links what it asks for; nothing beside the directory is
    /// touched.
    private static func files(_ random: inout SplitMix) throws {
        let folder = try SharedFolder()
        let owners = ShareOwners.allCases[random.below(geteuid() == 0 ? 3 : 2) ^ (geteuid() == 0 ? 0 : 1)]
        let server = try folder.server(owners, isReadOnly: random.once(in: 8), descriptorLimit: 0)
        var fuzzer = NinePFuzzer(server, seed: random.next())
        for _ in 0..<20 {
            fuzzer.run(count: 20)
            disturb(folder.path, &random)
            let saved = Corpus(inputs: [server.state.encoded])
            if random.once(in: 8), let state = try? NinePState(encoded: saved.damaged(&random)) {
                try? server.restore(state)
            }
        }
        try Finding.check(folder.trespasses)
        try Finding.check(fuzzer.leaks == 0, "the canary was read")
    }

    private static func disturb(_ path: String, _ random: inout SplitMix) {
        // Nothing deeper: a link that lies there by then would lead this function out.
        let names = ["a", "b", "c", "d", "e"]
        let name = "\(path)/\(names[random.below(names.count)])"
        switch random.below(4) {
        case 0: _ = unsafe rename(name, "\(path)/\(names[random.below(names.count)])")
        case 1: _ = unsafe symlink(random.once(in: 2) ? "../outside" : "../outside/canary", name)
        case 2: _ = unsafe unlink(name)
        default: _ = unsafe mkdir(name, 0o755)
        }
    }

    private static func block(_ random: inout SplitMix) throws {
        let number = unsafe memfd_create("apus-fuzz", CUnsignedInt(MFD_CLOEXEC))
        guard number >= 0 else { throw SystemCallError(call: "memfd_create", code: errno) }
        let file = Descriptor(owning: number)
        guard ftruncate(number, 1 << 20) == 0 else { throw SystemCallError(call: "ftruncate", code: errno) }
        let image = try RawImage(owning: file, isReadOnly: random.once(in: 4))
        let device = try VirtioBlock(
            image: image, serial: "fuzz", queueCount: 1 + random.below(3), deniesRing: random.once(in: 2))
        try rings(device, &random)
    }

    /// The other side sends whole frames, and now and then what is none.
    private static func network(_ random: inout SplitMix) throws {
        let pairs = try (0...random.below(2)).map { _ in try StreamPair() }
        let device = try VirtioNetwork(
            .frames(try pairs.map { PasstAttachment(owning: try $0.near.duplicate()) }),
            address: MACAddress(rawValue: 0x5254_0000_0001))
        try rings(device, &random) { random in
            var bytes = random.once(in: 8) ? random.bytes(below: 8) : []
            for _ in 0..<random.below(8) {
                let count = random.once(in: 8) ? random.below(66_000) : random.below(1600)
                bytes += [0, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
                bytes += [UInt8](repeating: random.byte(), count: count)
            }
            for pair in pairs { try pair.exchange(bytes) }
        }
    }

    private static func balloon(_ random: inout SplitMix) throws {
        let device = try VirtioBalloon(
            memoryByteCount: 16 << 20, deflatesOnOOM: random.once(in: 2), reportsFreePages: random.once(in: 2))
        try rings(device, &random) { random in
            device.setTarget(byteCount: random.next() >> UInt64(random.below(64)))
            device.setPollingInterval(UInt32(random.below(3)))
            device.writeConfiguration(random.next(), at: random.next() >> UInt64(random.below(64)), width: .long)
            try Finding.check(device.actualByteCount <= 16 << 20, "the guest has more memory than there is")
        }
    }

    private static func console(_ random: inout SplitMix) throws {
        let pairs = [try StreamPair(), try StreamPair()]
        let ends = try pairs.map { pair in
            try ConsoleEndpoint(input: try pair.near.duplicate(), output: try pair.near.duplicate())
        }
        let device = try VirtioConsole(
            console: random.once(in: 2) ? ends[0] : nil, ports: [ConsolePort(name: "org.apus.fuzz", endpoint: ends[1])])
        try rings(device, &random) { random in
            for pair in pairs { try pair.exchange(random.bytes(below: 3000)) }
            if random.once(in: 4) {
                device.resize(columns: UInt16(random.below(1 << 16)), rows: UInt16(random.below(1 << 16)))
            }
        }
    }
}
