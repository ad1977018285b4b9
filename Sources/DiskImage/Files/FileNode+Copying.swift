// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// What only files can do for each other.
extension FileNode {
    /// Storage that the file takes now, in bytes.
    package func allocatedByteCount() throws(BlockError) -> UInt64 {
        do throws(SystemCallError) { return try descriptor.status().allocatedByteCount } catch { throw .system(error) }
    }

    /// Has the kernel copy a range of another file to `offset` (copy_file_range(2)), which may share its storage.
    ///
    /// - Returns: Whether it could; where it could not, a part may have been copied.
    package func copy(_ range: Range<UInt64>, of source: FileNode, to offset: UInt64) throws(BlockError) -> Bool {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, range.length)
        try source.checkRange(range.lowerBound, range.length)
        var done: UInt64 = 0
        while done < range.length {
            let result = cmachine_copy_range(
                source.descriptor.borrowed, range.lowerBound + done, descriptor.borrowed, offset + done,
                Int(min(range.length - done, 1 << 30)))
            switch -result {
            case Int(EINTR): continue
            // Two file systems, devices, or one that has no such call.
            case Int(EXDEV), Int(EINVAL), Int(EOPNOTSUPP), Int(ENOSYS), Int(EBADF), 0: return false
            default: done += UInt64(try Self.check(result, "copy_file_range"))
            }
        }
        return true
    }
}
