// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Bytes on their way from or to a connection: appended at the end, taken from the front. Its room grows on demand and
/// is given back by `shrink()`.
///
/// Belongs to one thread at a time. Numbers are big-endian; positions count from the front and must lie within.
@safe package final class StreamBuffer: @unchecked Sendable {
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    private let leastCapacity: Int
    private var start = 0
    private var end = 0

    /// - Parameter capacity: The room that it always keeps, in bytes.
    package init(capacity: Int) {
        precondition(capacity > 0, "a buffer has room for a byte")
        self.capacity = capacity
        leastCapacity = capacity
        unsafe storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe storage.deallocate() }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    /// How many bytes can be appended before memory moves.
    package var room: Int { capacity - end }

    /// Makes room for `count` more bytes.
    package func reserve(_ count: Int) {
        if capacity - end >= count { return }
        let present = self.count
        if capacity - present >= count, start > 0 {
            unsafe storage.copyMemory(from: storage + start, byteCount: present)
        } else {
            let grown = max(present + count, min(2 * capacity, capacity + (1 << 20)))
            let moved = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
            unsafe moved.copyMemory(from: storage + start, byteCount: present)
            unsafe storage.deallocate()
            unsafe storage = moved
            capacity = grown
        }
        start = 0
        end = present
    }

    /// Gives room back that a large message took. Nothing while there are bytes.
    package func shrink(above limit: Int) {
        guard isEmpty, capacity > limit else { return }
        unsafe storage.deallocate()
        capacity = leastCapacity
        unsafe storage = .allocate(byteCount: capacity, alignment: 16)
    }

    package func removeAll() {
        start = 0
        end = 0
    }

    package func dropFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "no more is dropped than there is")
        start &+= count
        if start == end { removeAll() }
    }

    /// Keeps the first `count` bytes.
    package func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "no more is kept than there is")
        end = start + count
    }

    /// The number at a position.
    package func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self, at position: Int
    ) -> Number {
        precondition(position >= 0 && position + MemoryLayout<Number>.size <= count, "the number lies within")
        return Number(bigEndian: unsafe storage.loadUnaligned(fromByteOffset: start + position, as: Number.self))
    }

    /// Writes a number over what is at a position.
    package func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at position: Int) {
        precondition(position >= 0 && position + MemoryLayout<Number>.size <= count, "the number lies within")
        unsafe storage.storeBytes(of: number.bigEndian, toByteOffset: start + position, as: Number.self)
    }

    package func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        reserve(MemoryLayout<Number>.size)
        unsafe storage.storeBytes(of: number.bigEndian, toByteOffset: end, as: Number.self)
        end &+= MemoryLayout<Number>.size
    }

    package func append(_ bytes: [UInt8]) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe (storage + end).copyMemory(from: base, byteCount: source.count)
        }
        end += bytes.count
    }

    package func append(_ span: RawSpan) {
        reserve(span.byteCount)
        unsafe span.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe (storage + end).copyMemory(from: base, byteCount: source.count)
        }
        end += span.byteCount
    }

    /// Appends zeros.
    package func appendZeroes(_ count: Int) {
        reserve(count)
        unsafe memset(storage + end, 0, count)
        end += count
    }

    /// Appends `count` bytes that `fill` writes; none where it throws. What it does not write is undefined.
    package func append<Failure: Error>(
        count: Int, filledBy fill: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        try append(upTo: count) { span throws(Failure) in
            try fill(&span)
            return count
        }
    }

    /// Appends what `fill` writes into the front of `count` bytes; it returns how many.
    @discardableResult
    package func append<Failure: Error>(
        upTo count: Int, filledBy fill: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(count)
        var span = unsafe MutableRawSpan(_unsafeStart: storage + end, byteCount: count)
        let filled = try fill(&span)
        precondition(filled >= 0 && filled <= count, "no more is filled than there was room")
        end += filled
        return filled
    }

    /// Lends some of the bytes.
    package func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the bytes lie within")
        return try body(unsafe RawSpan(_unsafeStart: storage + start + range.lowerBound, byteCount: range.count))
    }

    /// Fills a span from the front, without taking anything.
    package func copyFront(into span: inout MutableRawSpan) {
        let length = span.byteCount
        precondition(length <= count, "the bytes lie within")
        unsafe span.withUnsafeMutableBytes { target in
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: storage + start, count: length))
        }
    }

    /// A copy of some of the bytes.
    package func bytes(_ range: Range<Int>) -> [UInt8] {
        withBytes(range) { span in unsafe span.withUnsafeBytes { unsafe [UInt8]($0) } }
    }
}
