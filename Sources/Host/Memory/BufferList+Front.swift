// SPDX-License-Identifier: Apache-2.0
internal import CMachine

extension BufferList {
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
}
