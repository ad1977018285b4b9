// SPDX-License-Identifier: Apache-2.0
internal import Host

/// One request under way: its place among the slots, and its buffers.
final class BlockRequest {
    /// What remains to be done when the current operation ends.
    enum Stage { case transfer, zeroing, finish }

    let slot: Int
    let readable = BufferList(capacity: BlockRequest.maximumSegments)
    let writable = BufferList(capacity: BlockRequest.maximumSegments)
    /// The one byte that tells the driver how it went.
    let status = BufferList(capacity: 1)
    /// Where the chain goes back to. Kept between requests: a queue that stays costs no retain.
    var queue: DeviceQueue?
    var head: UInt16 = 0
    var stage = Stage.finish
    var isRead = false
    /// The first byte on the disk, and how many are moved.
    var offset: UInt64 = 0
    var byteCount = 0
    var done = 0
    /// How many bytes, from `offset + done` on, the engine moves now for an image chain; 0 where it moves none.
    var directByteCount = 0
    /// The first of the buffers, where the engine is to move fewer than all.
    private(set) lazy var piece = BufferList(capacity: BlockRequest.maximumSegments)

    /// A chain's data, header and status.
    static let maximumSegments = 258

    init(slot: Int) { self.slot = slot }
}

extension BlockRequest {
    /// Copies the header out of the readable buffers and drops it from them; `nil` where they are too short.
    func takeHeader() -> BlockHeader? {
        var words: (UInt32, UInt32, UInt64) = (0, 0, 0)
        let count = unsafe withUnsafeMutableBytes(of: &words) { unsafe readable.copyOut(to: $0) }
        guard count == BlockHeader.byteCount else { return nil }
        readable.dropFirst(BlockHeader.byteCount)
        return BlockHeader(type: UInt32(littleEndian: words.0), sector: UInt64(littleEndian: words.2))
    }

    /// Copies the one range of a discard or write-zeroes request out; `nil` where there is not exactly one.
    func takeRange() -> (sector: UInt64, sectors: UInt32, flags: UInt32)? {
        var words: (UInt64, UInt32, UInt32) = (0, 0, 0)
        guard readable.byteCount == 16 else { return nil }
        _ = unsafe withUnsafeMutableBytes(of: &words) { unsafe readable.copyOut(to: $0) }
        return (UInt64(littleEndian: words.0), UInt32(littleEndian: words.1), UInt32(littleEndian: words.2))
    }
}
