// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A range of this process's address space, unmapped when its owner ends.
@safe package struct Mapping: ~Copyable, @unchecked Sendable {
    // The pointer is only handed out, unsafely, to types that own their own discipline; the struct itself reads nothing.
    private let base: UnsafeMutableRawPointer
    package let byteCount: Int

    /// Maps a kernel object (`mmap` of a descriptor, shared).
    package init(
        sharing descriptor: borrowing Descriptor, byteCount: Int, offset: Int = 0
    ) throws(SystemCallError) {
        let result = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.borrowed, off_t(offset))
        guard let result = unsafe result, unsafe result != MAP_FAILED else {
            throw SystemCallError(call: "mmap", code: errno)
        }
        unsafe base = result
        self.byteCount = byteCount
    }

    /// Maps a file for reading alone; its pages are the page cache's, which all who map the file share.
    package init(reading descriptor: borrowing Descriptor, byteCount: Int) throws(SystemCallError) {
        let result = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor.borrowed, 0)
        guard let result = unsafe result, unsafe result != MAP_FAILED else {
            throw SystemCallError(call: "mmap", code: errno)
        }
        unsafe base = result
        self.byteCount = byteCount
    }

    /// Maps private anonymous memory that starts at a multiple of `alignment` (a power of two, at least a page).
    package init(anonymous byteCount: Int, alignment: Int, hugePages: Bool = false) throws(SystemCallError) {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (hugePages ? MAP_HUGETLB : 0)
        // A huge-page mapping is aligned by the kernel; an ordinary one is cut out of a larger range.
        let slack = hugePages ? 0 : alignment
        let protection = PROT_READ | PROT_WRITE
        let result = unsafe mmap(nil, byteCount + slack, protection, hugePages ? flags & ~MAP_NORESERVE : flags, -1, 0)
        guard let start = unsafe result, unsafe start != MAP_FAILED else {
            throw SystemCallError(call: hugePages ? "mmap(MAP_HUGETLB)" : "mmap", code: errno)
        }
        let head = (alignment - Int(bitPattern: start) & (alignment - 1)) & (alignment - 1)
        if slack > 0 {
            if head > 0 { unsafe munmap(start, head) }
            let tail = slack - head
            if tail > 0 { unsafe munmap(start + head + byteCount, tail) }
        }
        unsafe base = start + (slack > 0 ? head : 0)
        self.byteCount = byteCount
    }

    /// Maps the beginning of a file in memory, shared, at a multiple of `alignment` (a power of two, at least a page).
    package init(
        sharing descriptor: borrowing Descriptor, byteCount: Int, alignment: Int
    ) throws(SystemCallError) {
        // Reserves more than is needed, and puts the file over the aligned part.
        let reserved = try Mapping(anonymous: byteCount, alignment: alignment)
        let flags = MAP_SHARED | MAP_FIXED
        let protection = PROT_READ | PROT_WRITE
        let result = unsafe mmap(reserved.base, byteCount, protection, flags, descriptor.borrowed, 0)
        guard let start = unsafe result, unsafe start != MAP_FAILED else {
            throw SystemCallError(call: "mmap(MAP_SHARED)", code: errno)
        }
        self = reserved
    }

    /// The first byte. Valid while the mapping lives; the caller owns bounds and races.
    @unsafe package var start: UnsafeMutableRawPointer { unsafe base }

    /// Gives the kernel advice about the whole range (madvise(2)).
    package borrowing func advise(_ advice: CInt) throws(SystemCallError) {
        guard unsafe madvise(base, byteCount, advice) == 0 else { throw SystemCallError(call: "madvise", code: errno) }
    }

    deinit {
        unsafe munmap(base, byteCount)
    }
}
