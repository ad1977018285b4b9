// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// What direct requests (`O_DIRECT`) to a file must be aligned to, in bytes.
struct DirectAlignment: Equatable, Sendable {
    /// Where in memory their bytes begin; a power of two.
    let memory: Int
    /// Where in the file they begin, and how long they are; a power of two.
    let offset: Int

    private static let page = 4096
    private static let candidates = [512, 1024, 2048, 4096]

    /// Asks the kernel (`STATX_DIOALIGN`); before Linux 6.1 the device (`BLKSSZGET`), or a read of each size.
    init(of descriptor: borrowing Descriptor, isDevice: Bool, byteCount: UInt64) throws(BlockError) {
        var (memory, offset): (UInt32, UInt32) = (0, 0)
        unsafe cmachine_direct_alignment(descriptor.borrowed, &memory, &offset)
        if offset == 0, isDevice {
            var sector: CInt = 0
            let result = unsafe cmachine_block_logical_size(descriptor.borrowed, &sector)
            guard result >= 0 else {
                throw .system(SystemCallError(call: "ioctl(BLKSSZGET)", code: CInt(truncatingIfNeeded: -result)))
            }
            offset = UInt32(max(512, sector))
        }
        if offset == 0 { offset = UInt32(try Self.probed(descriptor, byteCount: byteCount)) }
        guard offset.nonzeroBitCount == 1, offset <= 1 << 20, memory <= Self.page else {
            throw .unsupported("direct requests to the file would be aligned to \(offset) bytes")
        }
        self.offset = Int(offset)
        self.memory = memory == 0 ? Self.page : Int(memory)
    }

    /// The smallest size of a read that is not refused; a page where the file is too short to tell.
    private static func probed(_ descriptor: borrowing Descriptor, byteCount: UInt64) throws(BlockError) -> Int {
        guard byteCount >= 2 * UInt64(page) else { return page }
        let memory = AlignedMemory(byteCount: page)
        for size in candidates {
            let result = memory.read(descriptor, at: UInt64(size), into: 0, count: size, unit: size)
            if result == -Int(EINVAL) { continue }
            guard result >= 0 else {
                throw .system(SystemCallError(call: "pread", code: CInt(truncatingIfNeeded: -result)))
            }
            return size
        }
        throw .unsupported("the file takes no direct requests of up to \(page) bytes")
    }

    func down(_ offset: UInt64) -> UInt64 { offset & ~UInt64(self.offset - 1) }
    func up(_ count: Int) -> Int { (count + offset - 1) & ~(offset - 1) }

    /// Whether a request may go to the file as it is.
    func admits(_ start: UnsafeRawPointer?, _ offset: UInt64, _ count: Int) -> Bool {
        offset & UInt64(self.offset - 1) == 0 && count & (self.offset - 1) == 0
            && Int(bitPattern: start) & (memory - 1) == 0
    }
}
