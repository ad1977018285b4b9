// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Machine
internal import MachineTesting

extension FuzzEntry {
    /// What a machine has for its firmware.
    static var firmware: [FuzzEntry] {
        [
            FuzzEntry("firmware-interface", interface),
            FuzzEntry("flash") { random in
                var fuzzer = RegisterFuzzer(seed: random.next(), registerByteCount: 8192)
                fuzzer.run(on: DeviceFixtures.flash(), count: 4000)
            },
        ]
    }

    /// Descriptors of any kind, items that follow BARs placed anywhere: nothing but the memory that a descriptor names
    /// is written, and the files keep their sizes.
    private static func interface(_ random: inout SplitMix) throws {
        let board = BoardConfiguration(
            map: try AddressMap(memoryByteCount: UInt64(32 + random.below(6000)) << 20),
            topology: try ProcessorTopology(sockets: 1, cores: 1 + random.below(4), threads: 1))
        let memory = try GuestMemory(lowByteCount: 1 << 20)
        let device = FirmwareInterface(FirmwareFiles(board, bootOrder: []), memory: memory)
        let sizes = FirmwareFiles(board, bootOrder: []).files.map(\.bytes.count)
        var bars: [AddressRange] = []
        device.currentFiles = { FirmwareFiles(board.following(bars), bootOrder: []) }
        for _ in 0..<100 {
            bars = (0..<random.below(4)).map { _ in
                AddressRange(
                    start: random.number() & ~0xfff & (.max >> 1), byteCount: 1 << UInt64(12 + random.below(30)))
            }
            let files = FirmwareFiles(board.following(bars), bootOrder: [])
            try Finding.check(files.files.map(\.bytes.count) == sizes, "the files' sizes follow the BARs")
            try transfer(device, memory, &random)
            var fuzzer = RegisterFuzzer(seed: random.next(), registerByteCount: FirmwareInterface.portCount)
            fuzzer.run(on: device, count: 20)
        }
    }

    private static func transfer(
        _ device: FirmwareInterface, _ memory: GuestMemory, _ random: inout SplitMix
    ) throws {
        let place = UInt64(random.below(1 << 20))
        let key = UInt32(random.below(0x40)) << 16
        let control = key | UInt32(random.below(0x20))
        let length = random.once(in: 4) ? UInt32(truncatingIfNeeded: random.next()) : UInt32(random.below(4096))
        let target = random.once(in: 4) ? random.number() : UInt64(random.below(1 << 20))
        try? memory.store(control.byteSwapped, at: GuestAddress(place))
        try? memory.store(length.byteSwapped, at: GuestAddress(place + 4))
        try? memory.store(target.byteSwapped, at: GuestAddress(place + 8))
        try memory.write([0x5a], at: GuestAddress(0))
        device.write(0, at: 4, width: .long)
        device.write(UInt64(UInt32(place).byteSwapped), at: 8, width: .long)
        let isTouched = place == 0 || target == 0 || control & 2 == 0
        if !isTouched {
            try Finding.check(try memory.read(at: GuestAddress(0), count: 1) == [0x5a], "a byte elsewhere was written")
        }
    }
}
