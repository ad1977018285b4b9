// SPDX-License-Identifier: Apache-2.0
public import CMachine
internal import Glibc

/// A scatter-gather list: the safe owner of an iovec array, so that guest memory reaches the disk or the
/// network without a copy.
///
/// Belongs to one thread. Holds what it is given and never looks behind it but through its own bounds;
/// whoever appends a range vouches that it stays mapped until `removeAll()`.
@safe @usableFromInline package final class BufferList: @unchecked Sendable {
    @usableFromInline let elements: UnsafeMutablePointer<iovec>
    @usableFromInline package let capacity: Int
    /// Ranges before `start` have been dropped.
    @usableFromInline var start = 0
    @usableFromInline var end = 0

    /// A list of at most `capacity` ranges.
    package init(capacity: Int) {
        precondition(capacity > 0 && capacity <= 1024, "an iovec array holds 1 to 1024 ranges (IOV_MAX)")
        self.capacity = capacity
        unsafe elements = .allocate(capacity: capacity)
    }

    deinit { unsafe elements.deallocate() }

    /// How many ranges the list holds.
    @inlinable package var count: Int { end - start }

    /// Bytes in all ranges together.
    @inlinable package var byteCount: Int {
        var sum = 0
        for index in start..<end { unsafe sum &+= elements[index].iov_len }
        return sum
    }

    @inlinable package func removeAll() {
        start = 0
        end = 0
    }

    /// Appends a range; false where the list is full.
    @inlinable @unsafe package func append(_ pointer: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
        guard end < capacity else { return false }
        unsafe elements[end] = iovec(iov_base: pointer, iov_len: byteCount)
        end &+= 1
        return true
    }

    /// The array for readv(2) and its kin; valid until the list changes.
    @inlinable @unsafe package var vectors: UnsafeMutablePointer<iovec> { unsafe elements + start }

    /// Moves the ranges to the front of the array, so that the room of those that were dropped can be used again.
    package func reclaimDropped() {
        let count = count
        unsafe elements.update(from: elements + start, count: count)
        start = 0
        end = count
    }

    /// Drops ranges so that the first `count` bytes are gone.
    @inlinable package func dropFirst(_ count: Int) {
        var rest = count
        while rest > 0 && start < end {
            let length = unsafe elements[start].iov_len
            if length > rest {
                unsafe elements[start].iov_base += rest
                unsafe elements[start].iov_len = length &- rest
                return
            }
            rest &-= length
            start &+= 1
        }
    }

    /// Drops bytes from the end so that at most `count` remain.
    @inlinable package func truncate(to count: Int) {
        var rest = byteCount &- count
        while rest > 0 && end > start {
            let length = unsafe elements[end &- 1].iov_len
            if length > rest {
                unsafe elements[end &- 1].iov_len = length &- rest
                return
            }
            rest &-= length
            end &-= 1
        }
    }

    /// Copies the first bytes into `target` and returns how many there were, at most its size.
    @inlinable package func copyOut(to target: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        for index in start..<end {
            let length = unsafe min(elements[index].iov_len, target.count &- done)
            if length <= 0 { break }
            guard let source = unsafe elements[index].iov_base, let base = target.baseAddress else { break }
            unsafe (base + done).copyMemory(from: source, byteCount: length)
            done &+= length
        }
        return done
    }

    /// Copies `source` into the first bytes and returns how many fitted.
    @inlinable package func copyIn(from source: UnsafeRawBufferPointer) -> Int {
        var done = 0
        for index in start..<end {
            let length = unsafe min(elements[index].iov_len, source.count &- done)
            if length <= 0 { break }
            guard let target = unsafe elements[index].iov_base, let base = source.baseAddress else { break }
            unsafe target.copyMemory(from: base + done, byteCount: length)
            done &+= length
        }
        return done
    }

    /// Returns the first bytes, at most `count`.
    package func prefix(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = unsafe copyOut(to: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Writes one byte over the first.
    @inlinable package func store(_ byte: UInt8) {
        guard start < end, unsafe elements[start].iov_len > 0 else { return }
        unsafe elements[start].iov_base.storeBytes(of: byte, as: UInt8.self)
    }

    /// Writes `bytes` over the first bytes and returns how many fitted.
    @discardableResult
    package func fill(_ bytes: [UInt8]) -> Int {
        unsafe bytes.withUnsafeBytes { unsafe copyIn(from: $0) }
    }

    /// Moves the last byte into `other`, alone; false where there is none.
    package func moveLastByte(to other: BufferList) -> Bool {
        guard end > start else { return false }
        let length = unsafe elements[end - 1].iov_len
        other.removeAll()
        guard length > 0, let base = unsafe elements[end - 1].iov_base,
            unsafe other.append(base + (length - 1), byteCount: 1)
        else { return false }
        if length == 1 { end -= 1 } else { unsafe elements[end - 1].iov_len = length - 1 }
        return true
    }

    /// Takes over the ranges of `other` from its byte `offset` on; false where they do not fit.
    package func take(from other: BufferList, droppingFirst offset: Int) -> Bool {
        removeAll()
        for index in other.start..<other.end {
            guard let base = unsafe other.elements[index].iov_base,
                unsafe append(base, byteCount: other.elements[index].iov_len)
            else { return false }
        }
        dropFirst(offset)
        return true
    }
}
