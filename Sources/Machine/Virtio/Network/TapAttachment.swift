// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// A TAP interface's queue, opened with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR: frames go between the kernel and the
/// guest's memory without a copy in between, segmentation and checksums included.
///
/// `@unchecked Sendable`: everything mutable belongs to the device's thread.
package final class TapAttachment: FrameAttachment, @unchecked Sendable {
    package let features: UInt64
    private let descriptor: Descriptor
    /// Takes what is too long for the buffers at hand; its pages stay untouched while frames fit.
    private let overflow = ByteQueue(capacity: NetworkHeader.maximumFrameByteCount)
    private var failures = 0
    /// The interface has other queues, so that this one can be taken off.
    private let isOneOfSeveral: Bool
    private var isAttached = true
    /// The kernel refuses single frames; one that refuses everything is gone.
    private static let maximumFailures = 256

    /// Takes over an attached descriptor of /dev/net/tun; makes it non-blocking, sets the header's size.
    ///
    /// - Parameter isOneOfSeveral: The interface was opened with IFF_MULTI_QUEUE, for several queues.
    /// - Throws: `EINVAL` where the descriptor is no TAP with IFF_VNET_HDR.
    package init(
        owning descriptor: consuming Descriptor, isOneOfSeveral: Bool = false
    ) throws(SystemCallError) {
        try descriptor.setNonBlocking()
        try SystemCallError.check(
            cmachine_tap_set_header_size(descriptor.borrowed, CInt(NetworkHeader.byteCount)), "ioctl(TUNSETVNETHDRSZ)")
        try SystemCallError.check(cmachine_tap_set_offload(descriptor.borrowed, 0), "ioctl(TUNSETOFFLOAD)")
        self.descriptor = descriptor
        self.isOneOfSeveral = isOneOfSeveral
        features = NetworkFeature.offloads
    }

    package var number: CInt { descriptor.borrowed }
    // The kernel's network takes the frame in within the system call.
    package var answersAtOnce: Bool { true }

    package func setAttached(_ isAttached: Bool) {
        guard isOneOfSeveral, isAttached != self.isAttached else { return }
        // A kernel that refuses leaves the queue as it is, and says so again when it is used.
        let result = cmachine_tap_set_queue(descriptor.borrowed, isAttached ? 1 : 0)
        if result >= 0 { self.isAttached = isAttached }
    }

    package func negotiate(_ features: UInt64) {
        var offloads: UInt32 = 0
        if features & NetworkFeature.guestChecksum != 0 {
            offloads = UInt32(CMACHINE_TAP_OFFLOAD_CHECKSUM)
            if features & NetworkFeature.guestSegments4 != 0 { offloads |= UInt32(CMACHINE_TAP_OFFLOAD_TSO4) }
            if features & NetworkFeature.guestSegments6 != 0 { offloads |= UInt32(CMACHINE_TAP_OFFLOAD_TSO6) }
            // The kernel refuses the bit without segmentation.
            if offloads != UInt32(CMACHINE_TAP_OFFLOAD_CHECKSUM) && features & NetworkFeature.guestCongestion != 0 {
                offloads |= UInt32(CMACHINE_TAP_OFFLOAD_ECN)
            }
        }
        // A kernel that refuses sends plain frames, which every driver takes.
        _ = cmachine_tap_set_offload(descriptor.borrowed, UInt(offloads))
        overflow.removeAll()
    }

    package func receive(into buffers: BufferList, byteCount: Int) -> FrameReception {
        if !overflow.isEmpty { return receiveOverflow(into: buffers, byteCount) }
        let isLent = overflow.lend(from: byteCount, to: buffers)
        let result = buffers.read(from: descriptor.borrowed)
        if isLent { buffers.removeLast(1) }
        guard result > 0 else { return failure(-result) }
        failures = 0
        guard result > byteCount else { return .frame(byteCount: result) }
        overflow.adopt(result, behind: buffers)
        return .tooLong(byteCount: result)
    }

    package func dropFrame() {
        overflow.removeAll()
    }

    package func send(_ frame: BufferList, byteCount: Int, header: NetworkHeader) -> FrameTransmission {
        guard header.prepend(to: frame) else { return .dropped }
        let result = frame.write(to: descriptor.borrowed)
        if result >= 0 { return .sent }
        // The rest is about this frame (a header that contradicts it, EINVAL) or about now (the interface is down,
        // EIO); a wire loses such frames too.
        return result == -Int(EAGAIN) ? .full : .dropped
    }

    package func flush() -> FrameTransmission { .sent }

    private func receiveOverflow(into buffers: BufferList, _ byteCount: Int) -> FrameReception {
        let count = overflow.count
        guard count <= byteCount else { return .tooLong(byteCount: count) }
        overflow.copy(droppingFirst: 0, count: count, to: buffers, at: 0)
        overflow.removeAll()
        return .frame(byteCount: count)
    }

    private func failure(_ code: Int) -> FrameReception {
        if code == Int(EAGAIN) { return .empty }
        failures += 1
        return code == Int(EBADFD) || failures > Self.maximumFailures ? .closed : .dropped
    }
}
