// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Calls that move a whole list from and to a place in a file. Each returns the number of bytes, or a negative errno.
extension BufferList {
    /// preadv(2).
    package func read(from descriptor: CInt, at offset: UInt64) -> Int {
        unsafe cmachine_read_vectors(descriptor, vectors, CInt(count), offset)
    }

    /// pwritev(2).
    package func write(to descriptor: CInt, at offset: UInt64) -> Int {
        unsafe cmachine_write_vectors(descriptor, vectors, CInt(count), offset)
    }
}
