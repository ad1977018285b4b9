// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting
import Testing

@Suite("Power cuts under a qcow2 image")
struct PowerCutTests {
    /// Images of each script: 400 of them, or 2,000.
    private static let cutCount = 20
    /// QEMU is asked about each, or about some.
    private static let judgedByQEMU = Proof.isLong ? 1 : 8

    @Test(
        "at any point lose nothing that was flushed, and leave lost clusters at the worst",
        arguments: Proof.count(20, long: 100))
    func cuts(_ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed) &+ 4711)
        var script = try CutScript(&random)
        try script.run(&random)
        let scratch = try Scratch()
        for number in 0..<Self.cutCount {
            let count = random.below(script.node.log.count + 1)
            let contents = script.node.afterCut(at: count, from: script.start, &random)
            let point = try #require(script.points.last { $0.start <= count })
            let context = "seed \(seed), event \(count) of \(script.node.log.count)"
            if number % Self.judgedByQEMU == 0 { try Self.ask(scratch, contents, context) }
            try Self.judge(contents, point.state, context)
        }
    }

    /// Has QEMU find nothing worse than lost clusters, or repair an image that says it needs that.
    private static func ask(_ scratch: Scratch, _ contents: [UInt8], _ context: String) throws {
        let node = try scratch.node("cut", isNew: true)
        try node.resize(to: UInt64(contents.count))
        try node.write(contents, at: 0)
        let isDirty = try Qcow2Header(readingFrom: node).features.incompatible.contains(.dirty)
        let answer = try scratch.run(["qemu-img", "check", "-f", "qcow2"] + (isDirty ? ["-r", "all"] : []) + ["cut"])
        guard answer.status == 0 || answer.status == 3 && !isDirty else {
            Issue.record("\(context): qemu-img check ended with \(answer.status): \(answer.output)")
            return
        }
    }

    private static func judge(_ contents: [UInt8], _ state: CutState, _ context: String) throws {
        let image = try Qcow2Image(file: LoggedNode(contents), isReadOnly: false)
        let report = try image.check()
        if report.corruptions > 0 { Issue.record("\(context): \(report.messages)") }
        let bytes = try image.bytes(at: 0, count: Int(image.byteCount))
        if let complaint = state.allows(bytes) { Issue.record("\(context): \(complaint)") }
        try judgeBitmap(image, bytes, state, context)
        let names = Set(image.snapshots.map(\.name))
        let required = Set(state.snapshots.keys).subtracting([state.uncertain].compactMap { $0 })
        if !required.isSubset(of: names) || !names.isSubset(of: state.snapshots.keys) {
            Issue.record("\(context): there are the snapshots \(names), and not \(state.snapshots.keys)")
        }
        for name in names { try judgeSnapshot(name, contents, state, context) }
    }

    private static func judgeSnapshot(
        _ name: String, _ contents: [UInt8], _ state: CutState, _ context: String
    ) throws {
        let image = try Qcow2Image(file: LoggedNode(contents), isReadOnly: false)
        for bitmap in image.bitmaps { try image.removeBitmap(bitmap.name) }
        try image.applySnapshot(name)
        let bytes = try image.bytes(at: 0, count: Int(image.byteCount))
        let wanted = (state.snapshots[name] ?? []).flatMap { [UInt8](repeating: $0, count: 512) }
        if bytes != wanted { Issue.record("\(context): \(name) does not hold what it held") }
        let report = try image.check()
        if report.corruptions > 0 { Issue.record("\(context), gone back to \(name): \(report.messages)") }
    }

    /// A bitmap that is not in use says what has been recorded, and the disk is the one that goes with it.
    private static func judgeBitmap(
        _ image: Qcow2Image, _ bytes: [UInt8], _ state: CutState, _ context: String
    ) throws {
        guard state.dirty != nil else { return }
        guard let bitmap = image.bitmap(CutState.bitmap), let other = image.bitmap("other") else {
            Issue.record("\(context): a bitmap is lost")
            return
        }
        if other.isInconsistent { Issue.record("\(context): a bitmap that records nothing is inconsistent") }
        guard !bitmap.isInconsistent else { return }
        let contents = try image.bitmapContents(CutState.bitmap)
        let dirty = (0..<contents.bitCount).filter { contents.contains($0 * CutState.granularity) }
        let sectors = stride(from: 0, to: bytes.count, by: 512).map { bytes[$0] }
        let found = CutState.Recorded(sectors: sectors, dirty: Set(dirty))
        if !state.recorded.contains(found) {
            Issue.record("\(context): the bitmap has \(dirty), which does not go with the disk")
        }
    }
}
