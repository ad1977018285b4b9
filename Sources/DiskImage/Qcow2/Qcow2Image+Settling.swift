// SPDX-License-Identifier: Apache-2.0

/// When metadata reach the file, and in which order.
extension Qcow2Image {
    package func flush() throws(BlockError) {
        guard !isReadOnly else { return }
        try checkSound()
        try settle()
        try barrier()
        if !pendingFrees.isEmpty {
            try applyFrees()
            if !isLazy { try writeRefcounts() }
        }
    }

    /// Flushes, and leaves the image as one that was closed.
    package func close() throws(BlockError) {
        guard !isReadOnly, !isBroken else { return }
        try flush()
        try storeBitmaps()
        isPrepared = false
        guard header.features.incompatible.contains(.dirty) else { return }
        try writeRefcounts()
        try barrier()
        try setDirty(false)
    }

    /// Reference counts are rebuilt after a crash, so they need not be in order before one.
    var isLazy: Bool { header.features.incompatible.contains(.dirty) }

    /// Writes all that is dirty in the order that a crash demands. It is durable after the next barrier.
    func settle() throws(BlockError) {
        if !isLazy { try writeRefcounts() }
        guard tables.dirtyCount > 0 || directory.isDirty else { return }
        if isUnsettled { try barrier() }
        try writeTables()
        if directory.isDirty {
            try barrier()
            try guarded { () throws(BlockError) in try directory.write(to: file) }
        }
    }

    /// Refcount blocks, then the table that names new ones.
    func writeRefcounts() throws(BlockError) {
        try writeRefcountBlocks()
        guard refcountTable.isDirty else { return }
        try barrier()
        isUnsettled = true
        try guarded { () throws(BlockError) in try refcountTable.write(to: file) }
    }

    func writeRefcountBlocks() throws(BlockError) {
        guard blocks.dirtyCount > 0 else { return }
        for slot in blocks.slots.indices where blocks.slots[slot].isDirty {
            try writeMetadata(blocks.slots[slot].bytes, at: blocks.slots[slot].offset)
            blocks.markClean(slot)
        }
    }

    private func writeTables() throws(BlockError) {
        for slot in tables.slots.indices where tables.slots[slot].isDirty {
            try writeMetadata(tables.slots[slot].bytes, at: tables.slots[slot].offset)
            tables.markClean(slot)
        }
    }

    func writeMetadata(_ bytes: [UInt8], at offset: UInt64) throws(BlockError) {
        isUnsettled = true
        try guarded { () throws(BlockError) in try file.write(bytes, at: offset) }
    }

    /// Metadata that could not be written may be in the file in part; nothing that builds on them may follow.
    func guarded(_ write: () throws(BlockError) -> Void) throws(BlockError) {
        do throws(BlockError) { try write() } catch {
            isBroken = true
            throw error
        }
    }

    /// What was written before is durable before anything that is written afterwards.
    func barrier() throws(BlockError) {
        try guarded { () throws(BlockError) in
            if let dataFile { try dataFile.flush() }
            try file.flush()
        }
        isUnsettled = false
    }

    /// Writes what is dirty before the place of a piece of it is needed.
    func settleForRoom() throws(BlockError) {
        if isLazy { try writeRefcounts() }
        try settle()
    }

    /// Refuses to go on after metadata turned out to be wrong.
    func checkSound() throws(BlockError) {
        guard !isBroken else {
            throw .invalid("nothing more is written: the image's metadata are damaged, or could not be written")
        }
    }

    /// Does what precedes a change of the contents: what another program has left of bitmaps that it did not keep up to
    /// date goes, and with lazy refcounts the image becomes dirty.
    func prepareToModify() throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkSound()
        guard !isPrepared else { return }
        if hasStaleBitmaps { try removeBitmapSection() }
        if header.hasLazyRefcounts, header.version >= 3 { try setDirty(true) }
        isPrepared = true
    }

    func setDirty(_ isDirty: Bool) throws(BlockError) {
        guard header.features.incompatible.contains(.dirty) != isDirty else { return }
        if isDirty { header.features.incompatible.insert(.dirty) } else { header.features.incompatible.remove(.dirty) }
        try writeIncompatibleFeatures()
    }

    /// Writes the three masks of features, which lie in one sector. It is durable after the next barrier.
    func writeFeatures() throws(BlockError) {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(header.features.incompatible.rawValue)
        bytes.appendBigEndian(header.features.compatible.rawValue)
        bytes.appendBigEndian(header.features.autoclear.rawValue)
        try writeMetadata(bytes, at: UInt64(Qcow2Header.Field.incompatible))
    }

    private func writeIncompatibleFeatures() throws(BlockError) {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(header.features.incompatible.rawValue)
        try writeMetadata(bytes, at: UInt64(Qcow2Header.Field.incompatible))
        try barrier()
    }

    /// Marks the image as one that must be repaired, and returns the error that says why.
    func corrupt(_ sentence: String, at offset: UInt64) -> BlockError {
        if !isReadOnly, !isBroken {
            isBroken = true
            if header.version >= 3, !header.features.incompatible.contains(.corrupt) {
                header.features.incompatible.insert(.corrupt)
                // The error that is returned says more than that this could not be written.
                do throws(BlockError) { try writeIncompatibleFeatures() } catch { isUnsettled = true }
            }
        }
        return .corrupt(sentence, fileOffset: offset)
    }

    /// Writes the header anew, with all that it has.
    func writeHeader() throws(BlockError) {
        try writeMetadata(header.encoded(), at: 0)
    }
}
