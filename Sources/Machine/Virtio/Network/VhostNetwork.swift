// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// The kernel's service for one queue pair of a network card (vhost-net): a descriptor of /dev/vhost-net and the queue
/// of the TAP interface that it moves frames to and from.
///
/// `@unchecked Sendable`: everything mutable belongs to the pair's thread.
package final class VhostNetwork: @unchecked Sendable {
    let tap: TapAttachment
    private let descriptor: Descriptor
    private let supported: UInt64
    /// Signalled by the kernel where a ring makes no sense to it.
    let fault: EventDescriptor

    /// What concerns the rings, and so the kernel.
    private static let ringFeatures =
        VirtioFeature.common | NetworkFeature.mergeableBuffers

    /// Takes over an open descriptor of /dev/vhost-net.
    ///
    /// - Throws: `ENOTTY` where the descriptor is something else, `EOPNOTSUPP` where the kernel is older than virtio 1.
    package init(owning descriptor: consuming Descriptor, tap: TapAttachment) throws(SystemCallError) {
        var features: UInt64 = 0
        try SystemCallError.check(
            unsafe cmachine_vhost_call(descriptor.borrowed, CMACHINE_VHOST_GET_FEATURES, &features),
            "ioctl(VHOST_GET_FEATURES)")
        guard features & VirtioFeature.version1 != 0 else {
            throw SystemCallError(call: "ioctl(VHOST_GET_FEATURES)", code: EOPNOTSUPP)
        }
        supported = features
        fault = try EventDescriptor()
        self.descriptor = descriptor
        self.tap = tap
    }

    /// Features of the rings that the kernel does not know.
    var missingFeatures: UInt64 { Self.ringFeatures & ~supported }

    /// Binds the kernel's thread to this process. It is called `vhost-` and the number of the thread that calls this.
    func claim() throws(SystemCallError) {
        try unsafe call(CMACHINE_VHOST_SET_OWNER, "ioctl(VHOST_SET_OWNER)", nil)
    }

    /// Tells the kernel where the guest's memory is and what the driver accepted.
    func prepare(_ memory: GuestMemory, features: UInt64) throws(SystemCallError) {
        var accepted = features & Self.ringFeatures & supported
        try unsafe call(CMACHINE_VHOST_SET_FEATURES, "ioctl(VHOST_SET_FEATURES)", &accepted)
        try SystemCallError.check(
            cmachine_vhost_set_memory(
                descriptor.borrowed, memory.hostBase, memory.lowByteCount, GuestMemory.highStart.rawValue,
                memory.highByteCount), "ioctl(VHOST_SET_MEM_TABLE)")
    }

    /// Hands a ring over: the kernel serves it until `stop`.
    ///
    /// - Parameter direction: 0 for the frames to the driver, 1 for those from it.
    func start(
        _ direction: Int, _ layout: VirtqueueLayout, _ memory: GuestMemory, kick: CInt, call interrupt: CInt
    ) throws(SystemCallError) {
        let index = UInt32(direction)
        var size = vhost_vring_state(index: index, num: UInt32(layout.size))
        try unsafe call(CMACHINE_VHOST_SET_VRING_NUM, "ioctl(VHOST_SET_VRING_NUM)", &size)
        var base = vhost_vring_state(index: index, num: UInt32(layout.nextAvailable))
        try unsafe call(CMACHINE_VHOST_SET_VRING_BASE, "ioctl(VHOST_SET_VRING_BASE)", &base)
        var address = vhost_vring_addr()
        address.index = index
        address.desc_user_addr = try Self.host(layout.descriptors, 16 * Int(layout.size), memory)
        address.avail_user_addr = try Self.host(layout.available, 6 + 2 * Int(layout.size), memory)
        address.used_user_addr = try Self.host(layout.used, 6 + 8 * Int(layout.size), memory)
        try unsafe call(CMACHINE_VHOST_SET_VRING_ADDR, "ioctl(VHOST_SET_VRING_ADDR)", &address)
        try set(CMACHINE_VHOST_SET_VRING_ERR, "ioctl(VHOST_SET_VRING_ERR)", index, fault.number)
        try set(CMACHINE_VHOST_SET_VRING_CALL, "ioctl(VHOST_SET_VRING_CALL)", index, interrupt)
        try set(CMACHINE_VHOST_SET_VRING_KICK, "ioctl(VHOST_SET_VRING_KICK)", index, kick)
        try set(CMACHINE_VHOST_NET_SET_BACKEND, "ioctl(VHOST_NET_SET_BACKEND)", index, tap.number)
        // A kick that came while nobody served the ring is not seen by the kernel.
        EventDescriptor.signal(borrowing: kick)
    }

    /// Takes a ring back, when all that the kernel has begun is done.
    ///
    /// - Returns: The index of the next available entry.
    func stop(_ direction: Int) throws(SystemCallError) -> UInt16 {
        try set(CMACHINE_VHOST_NET_SET_BACKEND, "ioctl(VHOST_NET_SET_BACKEND)", UInt32(direction), -1)
        var state = vhost_vring_state(index: UInt32(direction), num: 0)
        try unsafe call(CMACHINE_VHOST_GET_VRING_BASE, "ioctl(VHOST_GET_VRING_BASE)", &state)
        return UInt16(truncatingIfNeeded: state.num)
    }

    private func set(
        _ request: UInt32, _ name: StaticString, _ index: UInt32, _ number: CInt
    ) throws(SystemCallError) {
        var file = vhost_vring_file(index: index, fd: number)
        try unsafe call(request, name, &file)
    }

    @unsafe private func call(
        _ request: UInt32, _ name: StaticString, _ argument: UnsafeMutableRawPointer?
    ) throws(SystemCallError) {
        try SystemCallError.check(unsafe cmachine_vhost_call(descriptor.borrowed, request, argument), name)
    }

    private static func host(
        _ address: GuestAddress, _ byteCount: Int, _ memory: GuestMemory
    ) throws(SystemCallError) -> UInt64 {
        do {
            return unsafe UInt64(UInt(bitPattern: try memory.pointer(to: address, byteCount: byteCount)))
        } catch {
            throw SystemCallError(call: "ioctl(VHOST_SET_VRING_ADDR)", code: EFAULT)
        }
    }
}
