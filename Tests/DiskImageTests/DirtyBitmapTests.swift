// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting
import Testing

@Suite("Dirty bitmaps in memory")
struct DirtyBitmapTests {
    /// The same as a plain set of pieces.
    private struct Model {
        var byteCount: UInt64
        let granularity: UInt64
        var pieces: Set<UInt64> = []

        mutating func set(_ range: Range<UInt64>) {
            let end = min(range.upperBound, byteCount)
            guard range.lowerBound < end else { return }
            for piece in range.lowerBound / granularity...(end - 1) / granularity { pieces.insert(piece) }
        }

        mutating func reset(_ range: Range<UInt64>) {
            pieces = pieces.filter { piece in
                let end = min(byteCount, (piece + 1) * granularity)
                return piece * granularity < range.lowerBound || end > range.upperBound
            }
        }

        mutating func resize(to byteCount: UInt64) {
            self.byteCount = byteCount
            pieces = pieces.filter { $0 * granularity < byteCount }
        }
    }

    private static func pieces(_ bitmap: DirtyBitmap) -> Set<UInt64> {
        var result: Set<UInt64> = []
        var offset: UInt64 = 0
        while let range = bitmap.nextDirtyRange(in: offset..<bitmap.byteCount) {
            for piece in range.lowerBound / bitmap.granularity...(range.upperBound - 1) / bitmap.granularity {
                result.insert(piece)
            }
            offset = range.upperBound
        }
        return result
    }

    private static func range(_ random: inout SplitMix, _ byteCount: UInt64) -> Range<UInt64> {
        let start = random.next() % (byteCount + 10_000)
        return start..<start + random.next() % (random.once(in: 4) ? byteCount : 20_000)
    }

    @Test("random changes leave what a set of pieces has", arguments: 0..<20)
    func model(_ seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let granularity: UInt64 = 512 << UInt64(random.below(4))
        let size = 1 + random.next() % (20_000 * granularity)
        var bitmap = DirtyBitmap(byteCount: size, granularity: granularity)
        var model = Model(byteCount: size, granularity: granularity)
        for step in 0..<60 {
            switch random.below(8) {
            case 0, 1:
                let range = Self.range(&random, model.byteCount)
                bitmap.reset(range)
                model.reset(range)
            case 2 where random.once(in: 4):
                let size = 1 + random.next() % (20_000 * granularity)
                bitmap.resize(to: size)
                model.resize(to: size)
            case 3 where random.once(in: 8):
                bitmap.reset()
                model.pieces = []
            default:
                let range = Self.range(&random, model.byteCount)
                bitmap.set(range)
                model.set(range)
            }
            #expect(Self.pieces(bitmap) == model.pieces, "seed \(seed), step \(step)")
            #expect(bitmap.setBitCount == UInt64(model.pieces.count), "seed \(seed), step \(step)")
            let offset = random.next() % model.byteCount
            #expect(bitmap.contains(offset) == model.pieces.contains(offset / granularity))
        }
    }

    @Test(
        "what is merged covers what was set, whatever the granularities", arguments: [512, 4096, 65536], [512, 65536])
    func merge(_ own: UInt64, _ other: UInt64) {
        var target = DirtyBitmap(byteCount: 10_000_000, granularity: own)
        var source = DirtyBitmap(byteCount: 10_000_000, granularity: other)
        target.set(0..<1)
        source.set(1_000_000..<1_200_000)
        source.set(9_999_999..<10_000_000)

        target.merge(source)

        #expect(target.contains(0) && target.contains(1_000_000) && target.contains(1_199_999))
        #expect(target.contains(9_999_999))
        let coarser = max(own, other)
        #expect(!target.contains(1_000_000 / coarser * coarser - 1))
        #expect(!target.contains((1_200_000 / coarser + 1) * coarser))
    }

    @Test("a bitmap of 64 TiB is searched and takes little where little is set")
    func sparse() {
        let size: UInt64 = 1 << 46
        var bitmap = DirtyBitmap(byteCount: size, granularity: 65536)
        bitmap.set(size - 1..<size)

        #expect(bitmap.nextDirtyRange(in: 0..<size) == size - 65536..<size)
        #expect(bitmap.nextDirtyRange(in: 0..<size - 65536) == nil)
        #expect(bitmap.setBitCount == 1)
    }
}
