// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The queue of buffers for frames to come. Chains are taken out ahead, enough for the longest frame, and stay
/// taken between wake-ups, so that a frame costs about one chain's work. Belongs to the device's thread.
final class ReceiveQueue {
    let queue: DeviceQueue
    /// The buffers of the chains that were taken and not used yet.
    let buffers = BufferList(capacity: ReceiveQueue.listCapacity)
    private(set) var byteCount = 0
    private let isMergeable: Bool
    private let nothing = BufferList(capacity: 1)
    private var chains = [Chain](repeating: Chain(head: 0, byteCount: 0), count: ReceiveQueue.ringCapacity)
    private var firstChain = 0
    private var chainCount = 0

    /// One place stays free for what an attachment lends.
    private static let listCapacity = 1024
    private static let ringCapacity = Int(VirtioNetwork.queueSize)

    private struct Chain {
        var head: UInt16
        var byteCount: Int
    }

    init(queue: DeviceQueue, isMergeable: Bool) {
        self.queue = queue
        self.isMergeable = isMergeable
    }

    /// No more chains can be taken: a frame that does not fit now never will.
    var isFull: Bool {
        chainCount == chainLimit || !hasRoomForChain
    }

    /// Takes chains until the longest frame fits, the ring is empty, or nothing more can be held.
    func gather() throws(VirtqueueError) {
        while byteCount < NetworkHeader.maximumFrameByteCount && chainCount < chainLimit {
            if !hasRoomForChain {
                // The room of what was delivered; without it a list would seem full that is not, and a frame be lost.
                buffers.reclaimDropped()
                guard hasRoomForChain else { return }
            }
            guard let chain = try queue.ring.popAppending(readable: nothing, writable: buffers) else { return }
            guard chain.readableByteCount == 0, chain.writableByteCount > 0 else { throw .malformedRequest }
            chains[(firstChain &+ chainCount) & (Self.ringCapacity - 1)] = Chain(
                head: chain.head, byteCount: chain.writableByteCount)
            chainCount += 1
            byteCount += chain.writableByteCount
        }
    }

    /// Where the frame in the first bytes goes to, behind its header: 48 bits.
    var destination: UInt64 { buffers.address(at: NetworkHeader.byteCount) }

    /// Completes the header of the frame in the first bytes and returns its chains to the driver.
    func deliver(_ frameByteCount: Int, keepsFlags: Bool) {
        var used = 0
        var covered = 0
        while covered < frameByteCount && used < chainCount {
            covered += chain(used).byteCount
            used += 1
        }
        // Without GUEST_CSUM the flags are zero (§5.1.6.4.1); num_buffers is set either way.
        if !keepsFlags { buffers.store(0, at: 0) }
        buffers.store(UInt8(truncatingIfNeeded: used), at: 10)
        buffers.store(UInt8(truncatingIfNeeded: used >> 8), at: 11)
        var rest = frameByteCount
        for index in 0..<used {
            let chain = chain(index)
            queue.ring.push(head: chain.head, byteCount: UInt32(min(rest, chain.byteCount)))
            rest -= min(rest, chain.byteCount)
        }
        buffers.dropFirst(covered)
        byteCount -= covered
        firstChain = (firstChain &+ used) & (Self.ringCapacity - 1)
        chainCount -= used
    }

    /// Returns the chains that were taken and not used to the ring.
    func putBack() {
        queue.ring.unpop(chainCount)
        chainCount = 0
        byteCount = 0
        buffers.removeAll()
    }

    private var chainLimit: Int { isMergeable ? Self.ringCapacity : 1 }

    // The longest chain has as many buffers as the ring has entries.
    private var hasRoomForChain: Bool { buffers.room > Self.ringCapacity }

    private func chain(_ index: Int) -> Chain { chains[(firstChain &+ index) & (Self.ringCapacity - 1)] }
}
