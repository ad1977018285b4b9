// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A queue of bytes of a fixed capacity, filled and emptied without allocation. Its pages are touched as it fills.
///
/// Belongs to one thread.
@safe package final class ByteQueue: @unchecked Sendable {
    private let bytes: UnsafeMutableRawPointer
    package let capacity: Int
    private var start = 0
    private var end = 0

    package init(capacity: Int) {
        precondition(capacity > 0, "a queue holds at least one byte")
        self.capacity = capacity
        unsafe bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }

    package func removeAll() {
        start = 0
        end = 0
    }

    /// Drops the first bytes.
    package func dropFirst(_ count: Int) {
        start = min(end, start &+ count)
        if start == end { removeAll() }
    }

    /// Returns the first four bytes as a big-endian number; `nil` where there are fewer.
    package var bigEndianPrefix: UInt32? {
        guard count >= 4 else { return nil }
        return unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    }

    /// Appends a number, big-endian; nothing where there is no room.
    package func append(bigEndian value: UInt32) {
        guard capacity - end >= 4 else { return }
        unsafe bytes.storeBytes(of: value.bigEndian, toByteOffset: end, as: UInt32.self)
        end &+= 4
    }

    /// Appends a copy of what the list holds; false, and nothing, where that does not fit.
    package func append(_ list: BufferList) -> Bool {
        guard capacity - end >= list.byteCount else { return false }
        end &+= unsafe list.copyOut(to: UnsafeMutableRawBufferPointer(start: bytes + end, count: capacity - end))
        return true
    }

    /// Copies `count` bytes, from the `skipped`th on, over the list's bytes from `offset` on.
    package func copy(droppingFirst skipped: Int, count: Int, to list: BufferList, at offset: Int) {
        let length = min(count, self.count - skipped)
        guard skipped >= 0, length > 0 else { return }
        _ = unsafe list.copyIn(from: UnsafeRawBufferPointer(start: bytes + start + skipped, count: length), at: offset)
    }

    /// Lends the whole queue but its first `offset` bytes to the list, as its last range; false where either is full.
    /// The queue must be empty, and stays so until `adopt`.
    package func lend(from offset: Int, to list: BufferList) -> Bool {
        guard offset < capacity else { return false }
        return unsafe list.append(bytes + offset, byteCount: capacity - offset)
    }

    /// Holds `count` bytes: those of the list in front, the rest where `lend` had them written.
    package func adopt(_ count: Int, behind list: BufferList) {
        start = 0
        end = min(count, capacity)
        _ = unsafe list.copyOut(to: UnsafeMutableRawBufferPointer(start: bytes, count: end))
    }

    /// Puts all bytes in front of the list; false where it kept no place.
    package func prepend(to list: BufferList) -> Bool {
        unsafe list.prepend(bytes + start, byteCount: count)
    }

    /// Receives what fits without waiting (recv(2)); returns the number of bytes, or a negative errno.
    package func receive(from socket: CInt) -> Int {
        if start > 0 {
            unsafe bytes.copyMemory(from: bytes + start, byteCount: count)
            end &-= start
            start = 0
        }
        while true {
            let result = unsafe recv(socket, bytes + end, capacity - end, CInt(MSG_DONTWAIT))
            if result >= 0 {
                end &+= result
                return result
            }
            let code = errno
            if code != EINTR { return -Int(code) }
        }
    }

    /// Sends the first bytes without waiting, drops what was sent, and returns their number or a negative errno.
    package func send(to socket: CInt) -> Int {
        let list = BufferList(capacity: 1)
        guard unsafe list.append(bytes + start, byteCount: count) else { return 0 }
        let result = list.send(to: socket)
        if result > 0 { dropFirst(result) }
        return result
    }
}
