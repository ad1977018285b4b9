// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting

/// Random operations on an image whose file remembers every write, and what each of them may leave.
struct CutScript {
    let options: Qcow2CreateOptions
    let hasBitmap: Bool
    /// The file as it was before the first operation.
    let start: [UInt8]
    let node: LoggedNode
    /// What may be there from so many events on.
    private(set) var points: [(start: Int, state: CutState)] = []

    init(_ random: inout SplitMix) throws {
        var options = Qcow2CreateOptions(byteCount: 512 * UInt64(64 + random.below(500)))
        options.clusterSize = 512 << UInt64(random.below(5))
        options.refcountBits = 4 << random.below(5)
        options.hasLazyRefcounts = random.once(in: 3)
        self.options = options
        hasBitmap = random.once(in: 2)
        let first = LoggedNode()
        let image = try Qcow2Image.create(on: first, options)
        if hasBitmap {
            try image.addBitmap(CutState.bitmap, granularity: CutState.granularity, isEnabled: true)
            try image.addBitmap("other", granularity: 4096, isEnabled: false)
        }
        try image.close()
        start = first.contents
        node = LoggedNode(start)
    }

    private static func open(_ node: LoggedNode) throws -> Qcow2Image {
        var caches = Qcow2Image.CacheSizes()
        (caches.tableByteCount, caches.refcountByteCount) = (2048, 2048)
        return try Qcow2Image(file: node, isReadOnly: false, caches: caches)
    }

    mutating func run(_ random: inout SplitMix) throws {
        var image = try Self.open(node)
        var state = CutState(sectorCount: Int(image.byteCount / 512), hasBitmap: hasBitmap)
        points = [(0, state)]
        for number in 0..<60 {
            switch random.below(16) {
            case 0:
                try image.flush()
                state.flush()
            case 1:
                try close(image, &state)
                image = try Self.open(node)
            case 2 where state.snapshots.count < 2: try create("snapshot \(number)", image, &state)
            case 3: try delete(image, &state, &random)
            case 4 where !hasBitmap: try apply(image, &state, &random)
            case 5 where hasBitmap: try clear(image, &state)
            default: try change(image, &state, &random)
            }
            note(state)
        }
        try close(image, &state)
        note(state)
    }

    private mutating func note(_ state: CutState) { points.append((node.log.count, state)) }

    private mutating func change(_ image: Qcow2Image, _ state: inout CutState, _ random: inout SplitMix) throws {
        let count = state.current.count
        let first = random.below(count)
        let sectors = first..<first + 1 + random.below(min(40, count - first))
        let range = UInt64(sectors.lowerBound * 512)..<UInt64(sectors.upperBound * 512)
        let value = random.once(in: 4) ? 0 : random.byte()
        state.set(sectors, value)
        note(state)
        if value == 0 {
            try image.writeZeroes(range, mayUnmap: random.once(in: 2))
        } else {
            try image.write([UInt8](repeating: value, count: sectors.count * 512), at: range.lowerBound)
        }
    }

    private mutating func close(_ image: Qcow2Image, _ state: inout CutState) throws {
        state.beginClose()
        note(state)
        try image.close()
        state.close()
    }

    private mutating func create(_ name: String, _ image: Qcow2Image, _ state: inout CutState) throws {
        state.snapshots[name] = state.current
        state.uncertain = name
        note(state)
        try image.createSnapshot(name: name, seconds: 1)
        state.uncertain = nil
        state.flush()
    }

    private mutating func delete(_ image: Qcow2Image, _ state: inout CutState, _ random: inout SplitMix) throws {
        guard let name = state.snapshots.keys.sorted().randomElement(using: &random) else { return }
        state.uncertain = name
        note(state)
        try image.deleteSnapshot(name)
        state.snapshots[name] = nil
        state.uncertain = nil
        state.flush()
    }

    private mutating func apply(_ image: Qcow2Image, _ state: inout CutState, _ random: inout SplitMix) throws {
        guard let name = state.snapshots.keys.sorted().randomElement(using: &random),
            let sectors = state.snapshots[name]
        else { return }
        state.replace(by: sectors)
        note(state)
        try image.applySnapshot(name)
        state.flush()
    }

    private mutating func clear(_ image: Qcow2Image, _ state: inout CutState) throws {
        try image.clearBitmap(CutState.bitmap)
        state.dirty = []
    }
}
