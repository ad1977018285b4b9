// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// A user-mode network stack behind a connected stream socket of the Unix family, as passt(1) offers it: each frame
/// follows its length, 32 bits big-endian, without a virtio header and without offloads.
///
/// `@unchecked Sendable`: everything mutable belongs to the device's thread.
package final class PasstAttachment: FrameAttachment, @unchecked Sendable {
    package let features: UInt64 = 0
    private let socket: Descriptor
    /// Several frames arrive with one call.
    private let inbound = ByteQueue(capacity: 128 << 10)
    /// The length before the next frame.
    private let prefix = ByteQueue(capacity: 4)
    /// The rest of a frame that the socket took in part.
    private let outbound = ByteQueue(capacity: 4 + PasstAttachment.lengths.upperBound)

    /// What passt takes for a frame: an Ethernet header and at most 64 KiB in all.
    private static let lengths = 14...65535

    /// Takes over a connected socket.
    package init(owning socket: consuming Descriptor) {
        self.socket = socket
    }

    package var number: CInt { socket.borrowed }

    package func negotiate(_ features: UInt64) {}

    package func receive(into buffers: BufferList, byteCount: Int) -> FrameReception {
        while true {
            if let length = inbound.bigEndianPrefix.map(Int.init) {
                // The stream cannot be followed any more behind a length that is none.
                guard length <= Self.lengths.upperBound else { return .closed }
                if inbound.count >= 4 + length { return take(length, into: buffers, byteCount) }
            }
            let result = inbound.receive(from: socket.borrowed)
            if result == -Int(EAGAIN) { return .empty }
            if result <= 0 { return .closed }
        }
    }

    package func dropFrame() {
        guard let length = inbound.bigEndianPrefix else { return }
        inbound.dropFirst(4 + Int(length))
    }

    package func send(_ frame: BufferList, byteCount: Int, header: NetworkHeader) -> FrameTransmission {
        guard Self.lengths.contains(byteCount) else { return .dropped }
        let pending = flush()
        guard pending == .sent else { return pending }
        prefix.removeAll()
        prefix.append(bigEndian: UInt32(byteCount))
        guard prefix.prepend(to: frame) else { return .dropped }
        let result = frame.send(to: socket.borrowed)
        if result == -Int(EAGAIN) { return .full }
        if result < 0 { return .closed }
        frame.dropFirst(result)
        return outbound.append(frame) ? .sent : .closed
    }

    package func flush() -> FrameTransmission {
        while !outbound.isEmpty {
            let result = outbound.send(to: socket.borrowed)
            if result == -Int(EAGAIN) { return .full }
            if result < 0 { return .closed }
        }
        return .sent
    }

    private func take(_ length: Int, into buffers: BufferList, _ byteCount: Int) -> FrameReception {
        guard length >= Self.lengths.lowerBound else {
            inbound.dropFirst(4 + length)
            return .dropped
        }
        let total = NetworkHeader.byteCount + length
        guard total <= byteCount else { return .tooLong(byteCount: total) }
        for offset in 0..<NetworkHeader.byteCount { buffers.store(0, at: offset) }
        inbound.copy(droppingFirst: 4, count: length, to: buffers, at: NetworkHeader.byteCount)
        inbound.dropFirst(4 + length)
        return .frame(byteCount: total)
    }
}
