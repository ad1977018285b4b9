// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Host

/// The device's side of a split virtqueue (virtio 1.2 §2.7), with indirect descriptors and EVENT_IDX.
///
/// Belongs to one thread. The three parts are resolved and checked once; a descriptor is copied once, then
/// checked, then used, so the driver cannot change it in between.
@safe package struct Virtqueue: ~Copyable {
    private let memory: GuestMemory
    private let descriptors: UnsafeRawPointer
    private let available: UnsafeMutableRawPointer
    private let used: UnsafeMutableRawPointer
    private let capacity: UInt16
    private let usesEventIndex: Bool
    private var nextAvailable: UInt16
    private var nextUsed: UInt16
    /// The used index that the driver was last told of.
    private var announcedUsed: UInt16
    package private(set) var layout: VirtqueueLayout

    private static let hasNext: UInt16 = 1
    private static let isWritable: UInt16 = 2
    private static let isIndirect: UInt16 = 4
    private static let descriptorSize = 16

    /// Takes over a queue that the driver has set up.
    ///
    /// - Throws: Where a part is outside the guest's memory, misaligned (§2.7: 16, 2 and 4 bytes), or the
    ///   saved indexes are more than a ring apart.
    package init(
        layout: VirtqueueLayout, memory: GuestMemory, usesEventIndex: Bool
    ) throws(VirtqueueError) {
        let size = Int(layout.size)
        guard size > 0, size <= 32768, size & (size - 1) == 0 else { throw .chainTooLong }
        let descriptors = unsafe UnsafeRawPointer(
            try Self.resolve(layout.descriptors, size * Self.descriptorSize, alignment: 16, memory))
        let available = unsafe try Self.resolve(layout.available, 6 + 2 * size, alignment: 2, memory)
        let used = unsafe try Self.resolve(layout.used, 6 + 8 * size, alignment: 4, memory)
        guard layout.nextAvailable &- layout.nextUsed <= layout.size else {
            throw .overrun(waiting: layout.nextAvailable &- layout.nextUsed, capacity: layout.size)
        }
        unsafe self.descriptors = descriptors
        unsafe self.available = available
        unsafe self.used = used
        self.memory = memory
        self.usesEventIndex = usesEventIndex
        self.layout = layout
        capacity = layout.size
        nextAvailable = layout.nextAvailable
        nextUsed = layout.nextUsed
        announcedUsed = layout.nextUsed
    }

    /// The layout with the indexes as they stand, for a pause or a saved state.
    package var progress: VirtqueueLayout {
        var result = layout
        result.nextAvailable = nextAvailable
        result.nextUsed = nextUsed
        return result
    }

    /// Takes the next chain, if one waits, and lists its buffers.
    ///
    /// - Parameters:
    ///   - readable: Receives what the driver wrote for the device.
    ///   - writable: Receives where the device may write.
    package mutating func pop(
        readable: BufferList, writable: BufferList
    ) throws(VirtqueueError) -> DescriptorChain? {
        readable.removeAll()
        writable.removeAll()
        return try popAppending(readable: readable, writable: writable)
    }

    /// Takes the next chain, if one waits, and lists its buffers behind what the lists hold already.
    ///
    /// - Throws: Where the chain is malformed or the lists have no room for it; they then hold a part of it.
    package mutating func popAppending(
        readable: BufferList, writable: BufferList
    ) throws(VirtqueueError) -> DescriptorChain? {
        let published = unsafe UInt16(littleEndian: cmachine_load_acquire_u16(available + 2))
        let waiting = published &- nextAvailable
        if waiting == 0 { return nil }
        // What was taken and not returned still occupies its entries, so only the others can have been published.
        guard waiting <= capacity &- (nextAvailable &- nextUsed) else {
            throw .overrun(waiting: published &- nextUsed, capacity: capacity)
        }
        let slot = Int(nextAvailable & (capacity &- 1))
        let head = unsafe UInt16(littleEndian: available.loadUnaligned(fromByteOffset: 4 &+ 2 &* slot, as: UInt16.self))
        guard head < capacity else { throw .headOutOfRange(head, capacity: capacity) }
        let counts = try gather(from: head, readable: readable, writable: writable)
        nextAvailable &+= 1
        return DescriptorChain(head: head, readableByteCount: counts.readable, writableByteCount: counts.writable)
    }

    /// Puts back the `count` chains that were popped last, none of which may have been pushed.
    package mutating func unpop(_ count: Int = 1) {
        nextAvailable &-= UInt16(truncatingIfNeeded: count)
    }

    /// Returns a chain to the driver; it sees that after `publish()`.
    ///
    /// - Parameter byteCount: How many bytes of its writable buffers were written.
    package mutating func push(head: UInt16, byteCount: UInt32) {
        let entry = 4 &+ 8 &* Int(nextUsed & (capacity &- 1))
        unsafe used.storeBytes(of: UInt32(head).littleEndian, toByteOffset: entry, as: UInt32.self)
        unsafe used.storeBytes(of: byteCount.littleEndian, toByteOffset: entry &+ 4, as: UInt32.self)
        nextUsed &+= 1
    }

    /// Shows the driver what was pushed; true if it wants an interrupt (§2.7.7).
    package mutating func publish() -> Bool {
        let old = announcedUsed
        guard nextUsed != old else { return false }
        unsafe cmachine_store_release_u16(used + 2, nextUsed.littleEndian)
        announcedUsed = nextUsed
        // The driver's wish must be read after the index is visible (§2.7.7.2), else both sides sleep.
        cmachine_full_fence()
        if usesEventIndex {
            let wanted = unsafe UInt16(littleEndian: cmachine_load_acquire_u16(available + 4 + 2 * Int(capacity)))
            return nextUsed &- wanted &- 1 < nextUsed &- old
        }
        return unsafe UInt16(littleEndian: cmachine_load_acquire_u16(available)) & 1 == 0
    }

    /// Asks the driver to notify about the next chain; true if chains wait already, which it may not announce.
    package mutating func enableNotifications() -> Bool {
        if usesEventIndex {
            unsafe cmachine_store_release_u16(used + 4 + 8 * Int(capacity), nextAvailable.littleEndian)
        } else {
            unsafe cmachine_store_release_u16(used, 0)
        }
        cmachine_full_fence()
        return unsafe UInt16(littleEndian: cmachine_load_acquire_u16(available + 2)) != nextAvailable
    }

    /// Tells the driver that the device looks at the ring by itself for now.
    package mutating func disableNotifications() {
        if !usesEventIndex { unsafe cmachine_store_release_u16(used, UInt16(1).littleEndian) }
    }

    private func gather(
        from head: UInt16, readable: BufferList, writable: BufferList
    ) throws(VirtqueueError) -> (readable: Int, writable: Int) {
        var walk = unsafe DescriptorWalk(table: descriptors, count: UInt32(capacity), limit: UInt32(capacity))
        var index = head
        var counts = (readable: 0, writable: 0)
        while true {
            let descriptor = try walk.descriptor(at: index)
            if descriptor.flags & Self.isIndirect != 0 {
                guard !walk.isIndirect, descriptor.flags & Self.hasNext == 0 else { throw .malformedIndirectTable }
                walk = try indirectWalk(descriptor)
                index = 0
                continue
            }
            try add(descriptor, readable: readable, writable: writable, &counts)
            guard descriptor.flags & Self.hasNext != 0 else { return counts }
            index = descriptor.next
        }
    }

    private func indirectWalk(_ descriptor: Descriptor) throws(VirtqueueError) -> DescriptorWalk {
        let length = Int(descriptor.length)
        guard length > 0, length.isMultiple(of: Self.descriptorSize), length <= 65536 * Self.descriptorSize else {
            throw .malformedIndirectTable
        }
        do {
            let table = unsafe try memory.pointer(to: GuestAddress(descriptor.address), byteCount: length)
            return unsafe DescriptorWalk(
                table: UnsafeRawPointer(table), count: UInt32(length / Self.descriptorSize), limit: UInt32(capacity),
                isIndirect: true)
        } catch { throw .memory(error) }
    }

    private func add(
        _ descriptor: Descriptor, readable: BufferList, writable: BufferList,
        _ counts: inout (readable: Int, writable: Int)
    ) throws(VirtqueueError) {
        let length = Int(descriptor.length)
        guard length > 0 else { throw .emptyBuffer }
        let pointer: UnsafeMutableRawPointer
        do {
            unsafe pointer = try memory.pointer(to: GuestAddress(descriptor.address), byteCount: length)
        } catch { throw .memory(error) }
        if descriptor.flags & Self.isWritable != 0 {
            guard unsafe writable.append(pointer, byteCount: length) else { throw .chainTooLong }
            counts.writable &+= length
        } else {
            guard counts.writable == 0 else { throw .readableAfterWritable }
            guard unsafe readable.append(pointer, byteCount: length) else { throw .chainTooLong }
            counts.readable &+= length
        }
    }

    private static func resolve(
        _ address: GuestAddress, _ byteCount: Int, alignment: UInt64, _ memory: GuestMemory
    ) throws(VirtqueueError) -> UnsafeMutableRawPointer {
        guard address.rawValue & (alignment - 1) == 0 else { throw .misaligned(address) }
        do {
            return unsafe try memory.pointer(to: address, byteCount: byteCount)
        } catch { throw .memory(error) }
    }

    /// One entry of a descriptor table, as copied out of it (§2.7.5).
    struct Descriptor {
        let address: UInt64
        let length: UInt32
        let flags: UInt16
        let next: UInt16
    }

    /// A walk along one table; it ends with an error when it has taken more steps than the queue has entries.
    @safe struct DescriptorWalk {
        private let table: UnsafeRawPointer
        private let count: UInt32
        private var stepsLeft: UInt32
        let isIndirect: Bool

        @unsafe init(table: UnsafeRawPointer, count: UInt32, limit: UInt32, isIndirect: Bool = false) {
            unsafe self.table = table
            self.count = count
            stepsLeft = limit
            self.isIndirect = isIndirect
        }

        mutating func descriptor(at index: UInt16) throws(VirtqueueError) -> Descriptor {
            guard UInt32(index) < count else {
                throw .nextOutOfRange(index, capacity: UInt16(truncatingIfNeeded: count))
            }
            guard stepsLeft > 0 else { throw .chainTooLong }
            stepsLeft &-= 1
            let low = unsafe table.loadUnaligned(fromByteOffset: Int(index) &* 16, as: UInt64.self)
            let high = unsafe table.loadUnaligned(fromByteOffset: Int(index) &* 16 &+ 8, as: UInt64.self)
            return Descriptor(
                address: UInt64(littleEndian: low), length: UInt32(truncatingIfNeeded: high),
                flags: UInt16(truncatingIfNeeded: high >> 32), next: UInt16(truncatingIfNeeded: high >> 48))
        }
    }
}
