// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

extension BufferList {
    /// How many ranges can still be appended.
    package var room: Int { capacity - end }

    /// Empties the list and keeps one place free in front of what is appended next.
    package func removeAllKeepingFront() {
        start = 1
        end = 1
    }

    /// Puts a range in front; false where no place was kept or dropped there.
    @unsafe package func prepend(_ pointer: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
        guard start > 0 else { return false }
        start &-= 1
        unsafe elements[start] = iovec(iov_base: pointer, iov_len: byteCount)
        return true
    }

    /// Drops the last `count` ranges.
    package func removeLast(_ count: Int) {
        end = max(start, end &- count)
    }

    /// Writes one byte over the one at `offset`; nothing where the list is shorter.
    package func store(_ byte: UInt8, at offset: Int) {
        var rest = offset
        for index in start..<end {
            let length = unsafe elements[index].iov_len
            if rest < length {
                unsafe elements[index].iov_base.storeBytes(of: byte, toByteOffset: rest, as: UInt8.self)
                return
            }
            rest &-= length
        }
    }

    /// Copies `source` over the bytes from `offset` on and returns how many fitted.
    package func copyIn(from source: UnsafeRawBufferPointer, at offset: Int) -> Int {
        var skipped = offset
        var done = 0
        for index in start..<end where done < source.count {
            let length = unsafe elements[index].iov_len
            if skipped >= length {
                skipped &-= length
                continue
            }
            let count = min(length &- skipped, source.count &- done)
            guard let target = unsafe elements[index].iov_base, let base = source.baseAddress else { break }
            unsafe (target + skipped).copyMemory(from: base + done, byteCount: count)
            skipped = 0
            done &+= count
        }
        return done
    }

    /// Copies the bytes from `offset` on into `target` and returns how many there were, at most its size.
    package func copyOut(to target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        var skipped = offset
        var done = 0
        for index in start..<end where done < target.count {
            let length = unsafe elements[index].iov_len
            if skipped >= length {
                skipped &-= length
                continue
            }
            let count = min(length &- skipped, target.count &- done)
            guard let source = unsafe elements[index].iov_base, let base = target.baseAddress else { break }
            unsafe (base + done).copyMemory(from: source + skipped, byteCount: count)
            skipped = 0
            done &+= count
        }
        return done
    }

    /// Makes the first bytes zero, at most `count`.
    package func clear(first count: Int) {
        var rest = count
        for index in start..<end where rest > 0 {
            let length = unsafe min(elements[index].iov_len, rest)
            guard let target = unsafe elements[index].iov_base else { break }
            unsafe memset(target, 0, length)
            rest &-= length
        }
    }

    /// Takes over the first `count` bytes of `other`, in ranges of at most as many as this list holds.
    package func take(first count: Int, of other: BufferList) {
        removeAll()
        var rest = count
        for index in other.start..<other.end where rest > 0 {
            let length = unsafe min(other.elements[index].iov_len, rest)
            guard let base = unsafe other.elements[index].iov_base, unsafe append(base, byteCount: length) else {
                return
            }
            rest &-= length
        }
    }

    /// Returns the six bytes at `offset` as a big-endian number; what the list is too short for reads as zero.
    package func address(at offset: Int) -> UInt64 {
        var skipped = offset
        var value: UInt64 = 0
        var done = 0
        for index in start..<end where done < 6 {
            let length = unsafe elements[index].iov_len
            if skipped >= length {
                skipped &-= length
                continue
            }
            guard let base = unsafe elements[index].iov_base else { break }
            while skipped < length && done < 6 {
                value = value << 8 | UInt64(unsafe base.load(fromByteOffset: skipped, as: UInt8.self))
                skipped &+= 1
                done &+= 1
            }
            skipped = 0
        }
        return value << UInt64(8 &* (6 &- done))
    }
}
