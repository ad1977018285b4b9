// SPDX-License-Identifier: Apache-2.0
package import Machine

/// The driver's side of a split virtqueue, for tests and measurements: it lays the rings out in guest memory
/// and does what a guest's kernel would do.
package struct DriverQueue {
    private let memory: GuestMemory
    package let layout: VirtqueueLayout
    private var nextDescriptor: UInt16 = 0
    private var published: UInt16 = 0
    private var seenUsed: UInt16 = 0

    /// One buffer of a chain.
    package struct Buffer {
        let address: GuestAddress
        let byteCount: UInt32
        let isWritable: Bool

        package init(_ address: GuestAddress, _ byteCount: UInt32, isWritable: Bool = false) {
            self.address = address
            self.byteCount = byteCount
            self.isWritable = isWritable
        }
    }

    /// Lays out an empty queue of `size` entries at `base` (a multiple of 4 KiB); it takes `byteCount(size:)`.
    package init(memory: GuestMemory, base: GuestAddress, size: UInt16) {
        self.memory = memory
        let available = base + UInt64(size) * 16
        let used = GuestAddress((available.rawValue + 6 + UInt64(size) * 2 + 3) & ~3)
        layout = VirtqueueLayout(size: size, descriptors: base, available: available, used: used)
    }

    /// Bytes that a queue of `size` entries occupies.
    package static func byteCount(size: UInt16) -> UInt64 { UInt64(size) * 26 + 16 }

    /// Offers a chain and returns its head; the device sees it at once.
    @discardableResult
    package mutating func offer(_ buffers: [Buffer]) throws -> UInt16 {
        let head = nextDescriptor & (layout.size - 1)
        for (index, buffer) in buffers.enumerated() {
            let slot = (head &+ UInt16(index)) & (layout.size - 1)
            let isLast = index == buffers.count - 1
            let flags: UInt16 = (isLast ? 0 : 1) | (buffer.isWritable ? 2 : 0)
            try writeDescriptor(
                at: layout.descriptors + UInt64(slot) * 16, buffer, flags: flags, next: (slot + 1) & (layout.size - 1))
        }
        nextDescriptor = nextDescriptor &+ UInt16(buffers.count)
        try publish(head)
        return head
    }

    /// Offers a chain through an indirect table at `table`.
    @discardableResult
    package mutating func offerIndirect(_ buffers: [Buffer], table: GuestAddress) throws -> UInt16 {
        for (index, buffer) in buffers.enumerated() {
            let flags: UInt16 = (index == buffers.count - 1 ? 0 : 1) | (buffer.isWritable ? 2 : 0)
            try writeDescriptor(at: table + UInt64(index) * 16, buffer, flags: flags, next: UInt16(index + 1))
        }
        let head = nextDescriptor & (layout.size - 1)
        nextDescriptor &+= 1
        try writeDescriptor(
            at: layout.descriptors + UInt64(head) * 16, Buffer(table, UInt32(buffers.count * 16)), flags: 4, next: 0)
        try publish(head)
        return head
    }

    /// Writes any descriptor, sane or not.
    package func writeDescriptor(at address: GuestAddress, _ buffer: Buffer, flags: UInt16, next: UInt16) throws {
        try memory.store(buffer.address.rawValue, at: address)
        try memory.store(buffer.byteCount, at: address + 8)
        try memory.store(flags, at: address + 12)
        try memory.store(next, at: address + 14)
    }

    /// Puts a head into the available ring and shows it.
    package mutating func publish(_ head: UInt16) throws {
        try memory.store(head, at: layout.available + 4 + UInt64(published & (layout.size - 1)) * 2)
        published &+= 1
        try memory.store(published, at: layout.available + 2)
    }

    /// Claims that the available index is `index`, whatever was offered.
    package mutating func claimPublished(_ index: UInt16) throws {
        published = index
        try memory.store(index, at: layout.available + 2)
    }

    /// Takes the next chain that the device returned: its head and the bytes written; `nil` if there is none.
    package mutating func collect() throws -> (head: UInt32, byteCount: UInt32)? {
        let index: UInt16 = try memory.load(at: layout.used + 2)
        guard index != seenUsed else { return nil }
        let entry = layout.used + 4 + UInt64(seenUsed & (layout.size - 1)) * 8
        seenUsed &+= 1
        return (try memory.load(at: entry), try memory.load(at: entry + 4))
    }

    /// Asks for an interrupt when the used index passes `index` (EVENT_IDX).
    package func setUsedEvent(_ index: UInt16) throws {
        try memory.store(index, at: layout.available + 4 + UInt64(layout.size) * 2)
    }

    /// The available index at which the device wants the next kick (EVENT_IDX).
    package func availableEvent() throws -> UInt16 {
        try memory.load(at: layout.used + 4 + UInt64(layout.size) * 8)
    }

    package var lastSeenUsed: UInt16 { seenUsed }
}
