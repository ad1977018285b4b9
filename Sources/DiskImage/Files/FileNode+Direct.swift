// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// Requests to a file that was opened with `O_DIRECT`: what is not aligned goes through memory that is.
extension FileNode {
    /// How much is under way at a time, in bytes.
    static let directByteCount = 1 << 20

    /// Reads; `false` where the request may go to the file as it is.
    func readDirect(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) -> Bool {
        guard let direct else { return false }
        let count = span.byteCount
        let isAligned = unsafe span.withUnsafeMutableBytes {
            unsafe direct.alignment.admits($0.baseAddress, offset, count)
        }
        if isAligned { return false }
        var done = 0
        while done < count {
            let start = offset + UInt64(done)
            let block = direct.alignment.down(start)
            let inside = Int(start - block)
            let wanted = min(direct.alignment.up(inside + count - done), direct.memory.byteCount)
            let filled = try Self.check(
                direct.memory.read(descriptor, at: block, into: 0, count: wanted, unit: direct.alignment.offset),
                "pread")
            let step = min(count - done, filled - inside)
            guard step > 0 else {
                throw .invalid("the file ends before byte \(byteCount), where it ended when it was opened")
            }
            var part = span._mutatingExtracting(done..<done + step)
            direct.memory.copy(from: inside, to: &part)
            done += step
        }
        return true
    }

    /// Writes; `false` where the request may go to the file as it is.
    func writeDirect(_ span: RawSpan, at offset: UInt64) throws(BlockError) -> Bool {
        guard let direct else { return false }
        let count = span.byteCount
        let isAligned = unsafe span.withUnsafeBytes { unsafe direct.alignment.admits($0.baseAddress, offset, count) }
        if isAligned { return false }
        var done = 0
        while done < count {
            let start = offset + UInt64(done)
            let block = direct.alignment.down(start)
            let inside = Int(start - block)
            let step = min(count - done, direct.memory.byteCount - inside)
            let whole = direct.alignment.up(inside + step)
            try loadEdges(direct, block, inside..<inside + step, whole)
            direct.memory.copy(span.extracting(done..<done + step), to: inside)
            try Self.check(direct.memory.write(descriptor, at: block, count: whole), "pwrite")
            done += step
        }
        // The last block may have made the file longer than it is.
        if !isDevice, offset + UInt64(count) > direct.alignment.down(byteCount) {
            try Self.check(cmachine_change_size(descriptor.borrowed, byteCount), "ftruncate")
        }
        return true
    }

    /// Brings in the blocks of which a write changes a part.
    private func loadEdges(
        _ direct: DirectAccess, _ block: UInt64, _ changed: Range<Int>, _ whole: Int
    ) throws(BlockError) {
        let unit = direct.alignment.offset
        if changed.lowerBound > 0 { try load(direct, block, at: 0) }
        let last = whole - unit
        if changed.upperBound < whole, last > 0 || changed.lowerBound == 0 {
            try load(direct, block + UInt64(last), at: last)
        }
    }

    /// Reads a block; zeros behind the file's end.
    private func load(_ direct: DirectAccess, _ block: UInt64, at start: Int) throws(BlockError) {
        let unit = direct.alignment.offset
        let filled = try Self.check(
            direct.memory.read(descriptor, at: block, into: start, count: unit, unit: unit), "pread")
        direct.memory.clear(start + filled..<start + unit)
    }
}

/// How a file is used that was opened with `O_DIRECT`.
struct DirectAccess {
    let alignment: DirectAlignment
    let memory = AlignedMemory(byteCount: FileNode.directByteCount)
}
