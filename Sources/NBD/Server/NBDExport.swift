// SPDX-License-Identifier: Apache-2.0
package import DiskImage
internal import Host
internal import Synchronization

/// A node that a server offers under a name, to any number of connections.
///
/// Threads: unchecked, because the node is called under the lock unless it takes concurrent calls, and nobody else calls
/// it while it is offered.
package final class NBDExport: @unchecked Sendable {
    /// What the owner decides of an export.
    package struct Settings: Sendable {
        package var name = ""
        package var description = ""
        package var isReadOnly = false
        /// Several clients may use it at once; a flush of one is a flush of all.
        package var admitsSeveral = false
        package init() {}
    }

    package let offer: ExportOffer
    private let node: any BlockNode
    private let concurrent: (any ConcurrentNode)?
    private let bitmaps: [any DirtyMap]
    private let lock = Lock()
    /// A range that was found to have data. Where it has none any more it reads as zeros, which is no less right.
    private let knownData = Mutex<Range<UInt64>>(0..<0)
    /// How far one look for holes goes, in bytes: a file system may take milliseconds to find the next one.
    private static let lookByteCount: UInt64 = 256 << 20

    /// - Parameter bitmaps: What is told as `qemu:dirty-bitmap:NAME`.
    package init(_ node: any BlockNode, _ settings: Settings, bitmaps: [(name: String, map: any DirtyMap)] = []) {
        self.node = node
        self.bitmaps = bitmaps.map(\.map)
        let concurrent = node as? any ConcurrentNode
        self.concurrent = concurrent?.takesConcurrentCalls == true ? concurrent : nil
        var flags: NBDTransmissionFlags = [.sendFlush, .sendFUA, .sendCache]
        if settings.isReadOnly || node.isReadOnly {
            flags.insert(.readOnly)
        } else {
            flags.formUnion([.sendTrim, .sendWriteZeroes])
            if node is any FastZeroing { flags.insert(.sendFastZero) }
        }
        if settings.admitsSeveral { flags.insert(.canMultiConn) }
        offer = ExportOffer(
            name: settings.name, description: settings.description, byteCount: node.byteCount, flags: flags,
            contexts: bitmaps.map { ExportOffer.bitmapPrefix + $0.name })
    }

    /// Whether requests may be carried out beside each other.
    var isConcurrent: Bool { concurrent != nil }

    /// Has the node to itself, or with others that it goes together with.
    func using<Result>(_ body: (any BlockNode) throws(BlockError) -> Result) throws(BlockError) -> Result {
        if isConcurrent { return try body(node) }
        return try lock.holding { () throws(BlockError) in try body(node) }
    }

    /// Fills the span if that needs no wait for storage. An export that is used by one at a time waits.
    func readResident(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) -> Bool {
        if let concurrent { return try concurrent.readResident(into: &span, at: offset) }
        lock.lock()
        defer { lock.unlock() }
        try node.read(into: &span, at: offset)
        return true
    }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        if !isConcurrent { lock.lock() }
        defer { if !isConcurrent { lock.unlock() } }
        try node.read(into: &span, at: offset)
    }

    /// How far the bytes from an offset on are holes, or are to be read, at most to `limit`.
    func stretch(at offset: UInt64, limit: UInt64) throws(BlockError) -> (end: UInt64, isZero: Bool) {
        let known = knownData.withLock { $0 }
        if known.contains(offset) { return (min(limit, known.upperBound), false) }
        let far = min(offer.byteCount, offset + Self.lookByteCount)
        let extent = try using { node throws(BlockError) in try node.extent(at: offset, limit: max(far, limit)) }
        if !extent.isZero { knownData.withLock { $0 = extent.range } }
        return (min(limit, extent.range.upperBound), extent.isZero)
    }

    /// What the context of a place in the offer says at an offset: NBD's flags, and how far they go.
    func status(of context: Int, at offset: UInt64, limit: UInt64) throws(BlockError) -> (end: UInt64, flags: UInt32) {
        let (range, flags) = try using { node throws(BlockError) -> (Range<UInt64>, UInt32) in
            if context == 0 {
                let extent = try node.extent(at: offset, limit: limit)
                return (extent.range, (extent.isData ? 0 : 1) | (extent.isZero ? 2 : 0))
            }
            guard bitmaps.indices.contains(context - 1) else { throw .invalid("there is no such context") }
            let extent = try bitmaps[context - 1].dirtyExtent(at: offset, limit: limit)
            return (extent.range, extent.isDirty ? 1 : 0)
        }
        guard range.lowerBound == offset, range.upperBound > offset, range.upperBound <= limit else {
            throw .invalid("an extent at \(offset) that is not one: \(range)")
        }
        return (range.upperBound, flags)
    }

    /// Makes everything durable that was acknowledged.
    package func flush() throws(BlockError) {
        try using { node throws(BlockError) in try node.flush() }
    }
}
