// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import MachineTesting

extension FuzzEntry {
    /// What the board's pure code takes from kernels and guests.
    static var boards: [FuzzEntry] {
        [
            FuzzEntry("kernel", corpus: kernel), FuzzEntry("pci-configuration", configurationSpace),
        ]
    }

    /// A damaged kernel is refused, or what it makes lies in its file and in low memory without overlap.
    private static func kernel(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let bytes = corpus.damaged(&random, headerByteCount: 800)
        let request = BootRequest(
            map: try AddressMap(memoryByteCount: UInt64(32 + random.below(100)) << 20),
            commandLine: String(repeating: "x", count: random.below(3000)),
            initrdByteCount: random.once(in: 2) ? nil : random.number(), rootPointerAddress: 0xe_0000)
        do throws(KernelImageError) {
            let image = try BootLoader.load(BytesFile(bytes: bytes), for: request)
            try broken(image, UInt64(bytes.count), request)
        } catch {
            if case .unreadable = error { throw Finding("\(error)") }
            try Finding.check(!"\(error)".isEmpty, "a refusal has no words")
        }
    }

    private static func broken(
        _ image: BootImage, _ byteCount: UInt64, _ request: BootRequest
    ) throws(KernelImageError) {
        let ranges = (image.segments.map(\.range) + image.pieces.map(\.range)).sorted { $0.start < $1.start }
        for (first, second) in zip(ranges, ranges.dropFirst()) where first.overlaps(second) {
            throw .unreadable(reason: "\(first) overlaps \(second)")
        }
        for range in ranges where !request.map.lowMemory.contains(range) {
            throw .unreadable(reason: "\(range) lies outside low memory")
        }
        for segment in image.segments {
            let limit = segment.source == .kernel ? byteCount : request.initrdByteCount ?? 0
            let (end, overflow) = segment.fileOffset.addingReportingOverflow(segment.byteCount)
            if overflow || end > limit { throw .unreadable(reason: "\(segment) leaves its file") }
        }
    }

    /// Whatever a guest writes, the bits that it cannot write stay.
    private static func configurationSpace(_ random: inout SplitMix) throws {
        let spaces = [
            PCIConfigurationSpace.hostBridge(), .lpcBridge(), .virtio(.block, vectorCount: 1 + random.below(64)),
        ]
        let initial = spaces[random.below(spaces.count)]
        var space = initial
        for _ in 0..<200 {
            let offset = random.once(in: 8) ? Int(truncatingIfNeeded: random.next()) : random.below(300)
            let byteCount = random.once(in: 8) ? random.below(9) : 1 << random.below(3)
            _ = space.read(at: offset, byteCount: byteCount)
            space.write(UInt32(truncatingIfNeeded: random.number()), at: offset, byteCount: byteCount)
            _ = VirtioConfigurationAccess(in: space)
            for index in -1..<8 { _ = space.barAddress(index) }
        }
        var copy = initial
        try Finding.check(copy.restore(space.contents), "what a guest wrote is not what a guest can write")
        try Finding.check(copy == space, "restored contents differ")
        var contents = space.contents
        contents[random.below(contents.count)] ^= random.byte()
        _ = copy.restore(contents)
        _ = copy.restore(random.bytes(below: 300))
    }
}
