// SPDX-License-Identifier: Apache-2.0

/// Consistency, and what makes it right again.
extension Qcow2Image {
    /// Compares the reference counts with what the tables name, and repairs as far as `repair` says.
    ///
    /// To repair, the image must have been opened with `repairing`.
    package func check(repair: Qcow2Repair = .nothing) throws(BlockError) -> Qcow2CheckReport {
        guard !isReadOnly else { return try counted().report }
        if repair == .nothing {
            if !isBroken { try flush() }
            return try counted().report
        }
        isBroken = false
        let before = try counted()
        var report = before.report
        if report.isClean { return try finishRepair(report) }
        if repair == .leaks {
            guard report.corruptions == 0 else {
                try giveBackLeaks(before.counts)
                return try remaining(of: report)
            }
            try giveBackLeaks(before.counts)
        } else if report.corruptions == 0 {
            try giveBackLeaks(before.counts)
        } else {
            try repairBitmaps(without: before.badBitmaps)
            try repairEntries(before.badEntries)
            try rebuildRefcounts()
            try restoreCopiedFlags()
            try settle()
            try barrier()
        }
        report = try remaining(of: report)
        return try finishRepair(report)
    }

    private func counted() throws(BlockError) -> Qcow2ReferenceCount {
        isChecking = true
        defer { isChecking = false }
        var count = try Qcow2ReferenceCount(of: self)
        try count.countContents()
        count.countRefcountStructures()
        try count.compare()
        return count
    }

    /// What is left after a repair, and what that has done.
    private func remaining(of before: Qcow2CheckReport) throws(BlockError) -> Qcow2CheckReport {
        var after = try counted().report
        after.corruptionsFixed = max(0, before.corruptions - after.corruptions)
        after.leaksFixed = max(0, before.leaks - after.leaks)
        return after
    }

    /// An image without errors is neither dirty nor corrupt.
    private func finishRepair(_ report: Qcow2CheckReport) throws(BlockError) -> Qcow2CheckReport {
        guard report.corruptions == 0 else { return report }
        let marks = header.features.incompatible.intersection([.dirty, .corrupt])
        if !marks.isEmpty {
            header.features.incompatible.subtract(marks)
            try writeFeatures()
            try barrier()
        }
        return report
    }

    /// Lowers the counts that are too high.
    private func giveBackLeaks(_ counts: [UInt32]) throws(BlockError) {
        for index in counts.indices where try refcount(UInt64(index)) > UInt64(counts[index]) {
            try setRefcount(UInt64(index), to: UInt64(counts[index]))
        }
        try writeRefcounts()
        try barrier()
        freeHint = 0
    }

    /// What names nothing that can be becomes unallocated, or zeros.
    private func repairEntries(_ bad: [(position: UInt64, isDirectory: Bool)]) throws(BlockError) {
        for item in bad {
            if !item.isDirectory {
                let isMarked = header.version >= 3 && !geometry.hasExtendedEntries
                let zero = Qcow2Entry(
                    word: isMarked ? Qcow2Entry.zero : 0, bitmap: Qcow2Entry.allZero.bitmap)
                try setEntry(zero, at: item.position)
            } else if item.position >= directory.offset,
                item.position < directory.offset + UInt64(directory.entries.count * 8)
            {
                directory[Int((item.position - directory.offset) / 8)] = 0
            } else {
                try writeMetadata([UInt8](repeating: 0, count: 8), at: item.position)
            }
        }
        try settle()
        try barrier()
    }

    /// Counts everything anew and writes refcount structures for it at the file's end, which then replace the old ones.
    func rebuildRefcounts() throws(BlockError) {
        var count = try Qcow2ReferenceCount(of: self)
        try count.countContents()
        guard count.badEntries.isEmpty else {
            throw corrupt("the L1 and L2 tables are damaged: repair the image", at: count.badEntries[0].position)
        }
        var rebuilt = RefcountStructures(count.counts, geometry)
        try rebuilt.place()
        try growFile(to: rebuilt.end)
        for block in rebuilt.blocks { try writeMetadata(try rebuilt.bytes(of: block), at: block.offset) }
        try writeMetadata(rebuilt.table, at: rebuilt.tableOffset)
        try barrier()
        header.refcountTableOffset = rebuilt.tableOffset
        header.refcountTableClusterCount = UInt32(rebuilt.tableClusterCount)
        var fields: [UInt8] = []
        fields.appendBigEndian(header.refcountTableOffset)
        fields.appendBigEndian(header.refcountTableClusterCount)
        try writeMetadata(fields, at: UInt64(Qcow2Header.Field.refcountTableOffset))
        try barrier()
        blocks = SliceCache(sliceByteCount: blocks.sliceByteCount, byteCount: 1 << 20)
        for word in refcountTable.entries { metadataClusters.remove(word & ~511) }
        let entries = Int(header.refcountTableClusterCount) << (geometry.clusterBits - 3)
        refcountTable = try PointerTable(readingFrom: file, at: rebuilt.tableOffset, count: entries)
        for word in refcountTable.entries where word != 0 { metadataClusters.insert(word) }
        pendingFrees = [:]
        freeHint = 0
    }
}
