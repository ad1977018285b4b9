// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Host
internal import Glibc

/// The guest's RAM: one mapping, private or of a file in memory that other processes share, seen by the guest below and
/// above the 32-bit hole.
///
/// The one owner of the mapping and of every bounds check. Several threads read and write it at once, as
/// they do any machine's memory; what the guest writes may change between two reads, so callers copy a
/// value once, then check it, then use it.
@safe package final class GuestMemory: @unchecked Sendable {
    private let mapping: Mapping
    private let base: UnsafeMutableRawPointer
    /// The file behind shared memory; `nil` where the memory is private.
    let file: SharedMemoryFile?
    /// Bytes below the 32-bit hole; they start at guest address 0.
    package let lowByteCount: UInt64
    /// Bytes above the hole; they start at 4 GiB.
    package let highByteCount: UInt64

    package static let highStart = GuestAddress(1 << 32)
    private static let alignment = 2 << 20

    /// Transparent huge pages back it where the kernel has any.
    let isAdvisedHuge: Bool

    /// Maps the memory; no page is touched.
    ///
    /// - Parameters:
    ///   - lowByteCount: A multiple of 4 KiB, at most 4 GiB.
    ///   - highByteCount: What lies above the hole; 0 where everything fits below.
    ///   - mergeable: Offer equal pages to KSM.
    ///   - hugePages: Take the memory from the hugetlb pool.
    ///   - isShared: Make it a file that another process can be given; such memory is never merged.
    package init(
        lowByteCount: UInt64, highByteCount: UInt64 = 0, mergeable: Bool = false, hugePages: Bool = false,
        isShared: Bool = false
    ) throws(SystemCallError) {
        let byteCount = Int(lowByteCount + highByteCount)
        let file = isShared ? try SharedMemoryFile(byteCount: byteCount, hugePages: hugePages) : nil
        let mapping =
            if let file {
                try Mapping(sharing: file.descriptor, byteCount: byteCount, alignment: Self.alignment)
            } else {
                try Mapping(anonymous: byteCount, alignment: Self.alignment, hugePages: hugePages)
            }
        if mergeable { try mapping.advise(CInt(MADV_MERGEABLE)) }
        isAdvisedHuge = !hugePages && !mergeable
        if isAdvisedHuge {
            // Best effort: a kernel without transparent huge pages has nothing to advise.
            try? mapping.advise(CInt(MADV_HUGEPAGE))
        }
        // A core dump of the VMM must not hold the guest's secrets.
        try mapping.advise(CInt(MADV_DONTDUMP))
        unsafe base = mapping.start
        self.mapping = mapping
        self.file = file
        self.lowByteCount = lowByteCount
        self.highByteCount = highByteCount
    }

    package var byteCount: UInt64 { lowByteCount + highByteCount }

    /// The host's address of guest byte 0, for KVM's memory slots and nothing else.
    package var hostBase: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }

    /// The one place where a guest address becomes a host pointer. Lives as long as this object.
    @unsafe func pointer(
        to address: GuestAddress, byteCount count: Int
    ) throws(GuestMemoryError) -> UnsafeMutableRawPointer {
        let start = address.rawValue
        if count >= 0, start < lowByteCount, UInt64(count) <= lowByteCount - start {
            return unsafe base + Int(start)
        }
        let offset = start &- Self.highStart.rawValue
        guard count >= 0, start >= Self.highStart.rawValue, offset < highByteCount,
            UInt64(count) <= highByteCount - offset
        else { throw GuestMemoryError(address: address, byteCount: count) }
        return unsafe base + Int(lowByteCount + offset)
    }

    /// Copies a little-endian integer out of the guest's memory; it may sit at any alignment.
    package func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self, at address: GuestAddress
    ) throws(GuestMemoryError) -> Value {
        let source = unsafe try pointer(to: address, byteCount: MemoryLayout<Value>.size)
        return unsafe Value(littleEndian: source.loadUnaligned(as: Value.self))
    }

    /// Stores a little-endian integer; it may sit at any alignment.
    package func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at address: GuestAddress
    ) throws(GuestMemoryError) {
        let target = unsafe try pointer(to: address, byteCount: MemoryLayout<Value>.size)
        unsafe target.storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// Copies bytes out of the guest's memory.
    package func read(at address: GuestAddress, count: Int) throws(GuestMemoryError) -> [UInt8] {
        let source = unsafe try pointer(to: address, byteCount: count)
        return unsafe [UInt8](UnsafeRawBufferPointer(start: source, count: count))
    }

    /// Copies bytes into the guest's memory.
    package func write(_ bytes: [UInt8], at address: GuestAddress) throws(GuestMemoryError) {
        let target = unsafe try pointer(to: address, byteCount: bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: target, count: source.count).copyMemory(from: source)
        }
    }

    /// Reads a file's bytes straight into the guest's memory (pread); throws where the file is shorter.
    package func fill(
        from descriptor: borrowing Descriptor, at offset: UInt64, count: Int, to address: GuestAddress
    ) throws(GuestFillError) {
        let target: UnsafeMutableRawPointer
        do { unsafe target = try pointer(to: address, byteCount: count) } catch { throw .memory(error) }
        var done = 0
        while done < count {
            let result = unsafe pread(descriptor.borrowed, target + done, count - done, off_t(offset) + off_t(done))
            if result < 0 && errno == EINTR { continue }
            if result < 0 { throw .system(SystemCallError(call: "pread", code: errno)) }
            if result == 0 { throw .endOfFile(offset: offset + UInt64(done)) }
            done += result
        }
    }

    /// Gives all pages back to the host; the guest's memory reads as zeros afterwards.
    package func clear() throws(SystemCallError) {
        try mapping.advise(discardAdvice)
    }
}
