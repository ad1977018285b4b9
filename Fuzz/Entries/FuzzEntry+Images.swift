// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import MachineTesting

extension FuzzEntry {
    /// Disk images that anybody may have made.
    static var images: [FuzzEntry] { [FuzzEntry("qcow2", corpus: qcow2), FuzzEntry("vmdk", corpus: vmdk)] }

    /// Any bytes are refused with words or read; an image that a check finds clean is clean after any operations.
    private static func qcow2(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let node = MemoryNode(corpus.damaged(&random), isReadOnly: random.once(in: 3))
        do throws(BlockError) {
            var caches = Qcow2Image.CacheSizes()
            (caches.tableByteCount, caches.refcountByteCount) = (4096, 4096)
            let isRepaired = !node.isReadOnly && random.once(in: 3)
            let image = try Qcow2Image(
                file: node, isReadOnly: node.isReadOnly, repairing: isRepaired, caches: caches)
            let wasClean = try image.check(repair: isRepaired ? .all : .nothing).isClean
            if isRepaired { return try image.close() }
            for _ in 0..<random.below(30) { try operate(image, &random) }
            for bitmap in image.bitmaps where bitmap.isUsable { _ = try image.bitmapContents(bitmap.name) }
            try image.close()
            guard wasClean, !node.isReadOnly else { return }
            let report = try Qcow2Image(file: node, isReadOnly: true).check()
            guard report.corruptions == 0 else { throw .invalid("\(damagedMark)\(report.messages)") }
        } catch {
            let sentence = "\(error)"
            try Finding.check(!sentence.isEmpty, "a refusal has no words")
            try Finding.check(!sentence.hasPrefix(damagedMark), sentence)
        }
        try Finding.check(
            !node.isReadOnly || node.writtenByteCount == 0, "an image that was opened for reading was written")
    }

    /// Any bytes are refused with words or read, as an image and as a descriptor; what is read has no other size.
    private static func vmdk(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let bytes = corpus.damaged(&random)
        let file = MemoryNode(bytes, isReadOnly: true)
        do throws(BlockError) {
            let image: VmdkNode
            if bytes.starts(with: Array("KDMV".utf8)) {
                image = try VmdkNode(sparse: file)
            } else {
                let descriptor = try VmdkDescriptor(parsing: bytes)
                let sparse = MemoryNode(corpus.inputs[1], isReadOnly: true)
                image = try VmdkNode(descriptor, files: ["file": file, "sparse": sparse])
            }
            for _ in 0..<20 {
                let offset = random.next() % image.byteCount
                let count = Int(min(image.byteCount - offset, UInt64(1 + random.below(20_000))))
                let extent = try image.extent(at: offset, limit: offset + UInt64(count))
                guard extent.range.lowerBound == offset, !extent.range.isEmpty,
                    extent.range.upperBound <= offset + UInt64(count)
                else { throw .invalid("\(damagedMark)\(extent)") }
                _ = try image.bytes(at: offset, count: count)
            }
        } catch {
            try Finding.check(!"\(error)".isEmpty, "a refusal has no words")
            try Finding.check(!"\(error)".hasPrefix(damagedMark), "\(error)")
        }
    }

    private static let damagedMark = "a clean image was damaged: "

    private static func operate(
        _ image: Qcow2Image, _ bitmap: Qcow2Bitmap, _ random: inout SplitMix
    ) throws(BlockError) {
        switch random.below(4) {
        case 0: try image.removeBitmap(bitmap.name)
        case 1: try image.clearBitmap(bitmap.name)
        case 2: try image.setBitmap(bitmap.name, isEnabled: random.once(in: 2))
        default:
            guard let other = image.bitmaps.randomElement(using: &random) else { return }
            try image.mergeBitmap(bitmap.name, from: try image.bitmapContents(other.name))
        }
    }

    private static func operate(_ image: Qcow2Image, _ random: inout SplitMix) throws(BlockError) {
        guard image.byteCount > 0 else { return }
        let offset = random.next() % image.byteCount
        let count = Int(min(image.byteCount - offset, UInt64(1 + random.below(4096))))
        let range = offset..<offset + UInt64(count)
        if image.isReadOnly || random.once(in: 3) {
            _ = try image.bytes(at: offset, count: count)
            _ = try image.extent(at: offset, limit: offset + 1 + UInt64(random.below(1 << 20)))
            return
        }
        switch random.below(13) {
        case 10 where image.bitmaps.count < 4:
            let granularity: UInt64 = 1 << UInt64(9 + random.below(23))
            try image.addBitmap("\(random.below(6))", granularity: granularity, isEnabled: random.once(in: 2))
        case 11: if let bitmap = image.bitmaps.randomElement(using: &random) { try operate(image, bitmap, &random) }
        case 12 where random.once(in: 3): try image.close()
        case 0: try image.writeZeroes(range, mayUnmap: random.once(in: 2))
        case 1: try image.discard(range)
        case 2: try image.flush()
        case 3 where image.snapshots.count < 4: _ = try image.createSnapshot(name: "fuzz", seconds: 1)
        case 4: if let snapshot = image.snapshots.first { try image.applySnapshot(snapshot.identifier) }
        case 5: if let snapshot = image.snapshots.last { try image.deleteSnapshot(snapshot.identifier) }
        case 6: try image.resize(to: UInt64(random.below(1 << 20)) & ~511)
        default: try image.write([UInt8](repeating: random.byte(), count: count), at: offset)
        }
    }
}
