// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine
internal import Glibc
internal import Synchronization

/// The bytes of an open regular file or block device, one to one.
///
/// Each call is done when it returns. The file's size is looked at once: who shares the file must not shrink it.
package final class FileNode: BlockNode {
    let descriptor: Descriptor
    let residency = Atomic<UInt8>(0)
    let isDevice: Bool
    /// How the file is used where it was opened with `O_DIRECT`.
    let direct: DirectAccess?
    package private(set) var byteCount: UInt64
    package let isReadOnly: Bool

    /// Takes over an open file. It must be open for writing unless `isReadOnly`.
    ///
    /// - Parameter isDirect: Whether it was opened with `O_DIRECT`. Requests may begin and end anywhere all the same.
    package init(
        owning descriptor: consuming Descriptor, isReadOnly: Bool, isDirect: Bool = false
    ) throws(BlockError) {
        let status: FileStatus
        do throws(SystemCallError) { status = try descriptor.status() } catch { throw .system(error) }
        switch status.kind {
        case .regular:
            isDevice = false
            byteCount = status.byteCount
        case .blockDevice:
            var size: UInt64 = 0
            try Self.check(unsafe cmachine_block_device_size(descriptor.borrowed, &size), "ioctl(BLKGETSIZE64)")
            isDevice = true
            byteCount = size
        default:
            throw .invalid("an image is a regular file or a block device, and this is neither")
        }
        if isDirect {
            direct = DirectAccess(
                alignment: try DirectAlignment(of: descriptor, isDevice: isDevice, byteCount: byteCount))
        } else {
            direct = nil
        }
        self.isReadOnly = isReadOnly
        self.descriptor = descriptor
    }

    /// The open file, for who reads and writes it beside this node. It is open as long as the node is there.
    package var number: CInt { descriptor.borrowed }

    package func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        let (number, count) = (descriptor.borrowed, span.byteCount)
        guard count > 0, try !readDirect(into: &span, at: offset) else { return }
        let result = unsafe span.withUnsafeMutableBytes { buffer in
            unsafe cmachine_read_range(number, buffer.baseAddress, buffer.count, offset)
        }
        try Self.check(result, "pread")
        guard result == count else {
            throw .invalid("the file ends before byte \(byteCount), where it ended when it was opened")
        }
    }

    package func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try checkWritable(offset, UInt64(span.byteCount))
        let number = descriptor.borrowed
        guard span.byteCount > 0, try !writeDirect(span, at: offset) else { return }
        let result = unsafe span.withUnsafeBytes { buffer in
            unsafe cmachine_write_range(number, buffer.baseAddress, buffer.count, offset)
        }
        try Self.check(result, "pwrite")
    }

    package func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        guard !range.isEmpty else { return }
        if mayUnmap, try allocate(punchHole, range) { return }
        if try allocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, range) { return }
        if !isDevice, try allocate(punchHole, range), try allocate(0, range) { return }
        try writeZeroBytes(range)
    }

    package func discard(_ range: Range<UInt64>) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        guard !range.isEmpty, try !allocate(punchHole, range), isDevice else { return }
        let result = cmachine_block_discard(descriptor.borrowed, range.lowerBound, range.length)
        if result != -Int(EOPNOTSUPP), result != -Int(EINVAL) { try Self.check(result, "ioctl(BLKDISCARD)") }
    }

    package func flush() throws(BlockError) {
        guard !isReadOnly else { return }
        try Self.check(cmachine_sync(descriptor.borrowed, 1), "fdatasync")
    }

    package func resize(to byteCount: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard byteCount != self.byteCount else { return }
        guard !isDevice else {
            throw .invalid("the size of a block device cannot be changed from \(self.byteCount) to \(byteCount) bytes")
        }
        guard byteCount <= UInt64(Int64.max) else { throw .invalid("no file can have \(byteCount) bytes") }
        try Self.check(cmachine_change_size(descriptor.borrowed, byteCount), "ftruncate")
        self.byteCount = byteCount
    }

    package func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        let end = min(limit, byteCount)
        let data = cmachine_seek_data(descriptor.borrowed, offset)
        if data == -Int(ENXIO) { return hole(offset..<end) }
        // A file system that cannot tell has data everywhere.
        guard data >= 0, UInt64(data) >= offset else { return contents(offset..<end) }
        if UInt64(data) > offset { return hole(offset..<min(end, UInt64(data))) }
        let next = cmachine_seek_hole(descriptor.borrowed, offset)
        guard next > 0, UInt64(next) > offset else { return contents(offset..<end) }
        return contents(offset..<min(end, UInt64(next)))
    }

    private func hole(_ range: Range<UInt64>) -> BlockExtent {
        BlockExtent(range: range, isPresent: true, isZero: true, isData: false, fileOffset: range.lowerBound)
    }

    private func contents(_ range: Range<UInt64>) -> BlockExtent {
        BlockExtent(range: range, isPresent: true, isZero: false, isData: true, fileOffset: range.lowerBound)
    }
}

extension FileNode {
    var punchHole: CInt { FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE }

    /// fallocate(2); false where this file has no such mode, or not for this range.
    func allocate(_ mode: CInt, _ range: Range<UInt64>) throws(BlockError) -> Bool {
        let (offset, count) = (Int64(range.lowerBound), Int64(range.length))
        var result = -Int(EINTR)
        while result == -Int(EINTR) { result = cmachine_fallocate(descriptor.borrowed, mode, offset, count) }
        if result == -Int(EOPNOTSUPP) || result == -Int(EINVAL) || result == -Int(ENOSYS) { return false }
        try Self.check(result, "fallocate")
        return true
    }

    /// Has room set aside for a range of a regular file, which then cannot run out of it.
    ///
    /// - Returns: Whether the file system can do so.
    package func reserve(_ range: Range<UInt64>) throws(BlockError) -> Bool {
        try checkWritable(range.lowerBound, range.length)
        guard !range.isEmpty, !isDevice else { return true }
        return try allocate(0, range)
    }

    private func writeZeroBytes(_ range: Range<UInt64>) throws(BlockError) {
        let zeros = [UInt8](repeating: 0, count: Int(min(range.length, 1 << 20)))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(zeros.count), range.upperBound - offset))
            try unsafe write(zeros.span.bytes.extracting(0..<count), at: offset)
            offset += UInt64(count)
        }
    }

    func checkWritable(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, count)
    }

    /// Returns a result, or throws the error that a negative one stands for.
    @discardableResult
    static func check(_ result: Int, _ call: StaticString) throws(BlockError) -> Int {
        guard result >= 0 else {
            throw .system(SystemCallError(call: call, code: CInt(truncatingIfNeeded: -result)))
        }
        return result
    }
}
