// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting
import Testing

@Suite("Power cuts under a qcow2 image")
struct PowerCutTests {
    /// What each sector may hold: the value of the last flush, and those since then.
    private struct Expectation {
        var allowed: [Set<UInt8>]
        var current: [UInt8]

        mutating func set(_ sectors: Range<Int>, _ value: UInt8) {
            for sector in sectors {
                allowed[sector].insert(value)
                current[sector] = value
            }
        }

        mutating func flush() {
            for sector in current.indices { allowed[sector] = [current[sector]] }
        }
    }

    @Test("at any point lose nothing that was flushed, and leave lost clusters at the worst", arguments: 0..<20)
    func cuts(_ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed) &+ 4711)
        var options = Qcow2CreateOptions(byteCount: 512 * UInt64(64 + random.below(500)))
        options.clusterSize = 512 << UInt64(random.below(5))
        options.refcountBits = 16 << random.below(3)
        options.hasLazyRefcounts = random.once(in: 3)
        let first = LoggedNode()
        try Qcow2Image.create(on: first, options).close()
        let start = first.contents
        let node = LoggedNode(start)
        let points = try operations(on: node, options, &random)
        for _ in 0..<20 {
            let count = random.below(node.log.count + 1)
            let contents = node.afterCut(at: count, from: start, &random)
            guard let point = points.last(where: { $0.start <= count }) else { continue }
            try judge(contents, point.expectation, "seed \(seed), event \(count)")
        }
    }

    /// What may be there after each operation began, by how many events had been logged then.
    private func operations(
        on node: LoggedNode, _ options: Qcow2CreateOptions, _ random: inout SplitMix
    ) throws -> [(start: Int, expectation: Expectation)] {
        var caches = Qcow2Image.CacheSizes()
        (caches.tableByteCount, caches.refcountByteCount) = (2048, 2048)
        let image = try Qcow2Image(file: node, isReadOnly: false, caches: caches)
        let count = Int(image.byteCount / 512)
        var expectation = Expectation(
            allowed: [Set<UInt8>](repeating: [0], count: count), current: [UInt8](repeating: 0, count: count))
        var points = [(0, expectation)]
        for _ in 0..<80 {
            let first = random.below(count)
            let sectors = first..<first + 1 + random.below(min(40, count - first))
            let range = UInt64(sectors.lowerBound * 512)..<UInt64(sectors.upperBound * 512)
            switch random.below(8) {
            case 0:
                try image.flush()
                expectation.flush()
                points.append((node.log.count, expectation))
            case 1:
                expectation.set(sectors, 0)
                points.append((node.log.count, expectation))
                try image.writeZeroes(range, mayUnmap: random.once(in: 2))
            default:
                let value = random.byte()
                expectation.set(sectors, value)
                points.append((node.log.count, expectation))
                try image.write([UInt8](repeating: value, count: sectors.count * 512), at: range.lowerBound)
            }
        }
        try image.close()
        return points
    }

    private func judge(_ contents: [UInt8], _ expectation: Expectation, _ context: String) throws {
        let image = try Qcow2Image(file: LoggedNode(contents), isReadOnly: false)
        let report = try image.check()
        if report.corruptions > 0 { Issue.record("\(context): \(report.messages)") }
        let bytes = try image.bytes(at: 0, count: Int(image.byteCount))
        for sector in expectation.current.indices {
            let held = bytes[sector * 512..<sector * 512 + 512], first = bytes[sector * 512]
            guard expectation.allowed[sector].contains(first), held.elementsEqual(repeatElement(first, count: 512))
            else {
                Issue.record("\(context): sector \(sector) holds \(Set(held)), and not \(expectation.allowed[sector])")
                return
            }
        }
    }
}
