// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Host

/// Memory of whole pages for direct requests, which must not begin just anywhere.
@safe final class AlignedMemory {
    private let bytes: UnsafeMutableRawBufferPointer
    var byteCount: Int { unsafe bytes.count }

    /// - Parameter byteCount: A multiple of 4096.
    init(byteCount: Int) {
        unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { unsafe bytes.deallocate() }

    /// Reads blocks of `unit` bytes; the count that came, less only where the file ends, or a negative errno.
    func read(_ file: borrowing Descriptor, at offset: UInt64, into start: Int, count: Int, unit: Int) -> Int {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
        return unsafe cmachine_read_blocks(file.borrowed, part.baseAddress, count, offset, unit)
    }

    /// Writes the first bytes; a negative errno where that fails.
    func write(_ file: borrowing Descriptor, at offset: UInt64, count: Int) -> Int {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[0..<count])
        return unsafe cmachine_write_range(file.borrowed, part.baseAddress, count, offset)
    }

    func clear(_ range: Range<Int>) {
        _ = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[range]).initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// Fills all of `span`.
    func copy(from start: Int, to span: inout MutableRawSpan) {
        unsafe span.withUnsafeMutableBytes { target in
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + target.count]))
        }
    }

    /// Takes all of `span`.
    func copy(_ span: RawSpan, to start: Int) {
        unsafe span.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + source.count]).copyMemory(from: source)
        }
    }
}
