// SPDX-License-Identifier: Apache-2.0
package import DiskImage
internal import Glibc
internal import Host

/// A disk that an NBD server keeps.
///
/// Where the connection breaks, the owner is asked for another one, and what had no answer is asked again. That is right
/// because every request may be carried out twice. It ends with an error where there is no answer in time, or where the
/// server has another disk by then. What was acknowledged and not flushed is the server's to keep. One thread calls at a
/// time.
package final class NBDNode: BlockNode {
    package struct Settings {
        package var exportName = ""
        /// TLS, without which the disk is not used then.
        package var security: (any TransportSecurity)?
        /// How long a request waits for a connection in the place of one that broke, in milliseconds; 0 for not at all.
        package var patienceMilliseconds: Int64 = 0
        /// How long the server may be silent while it is asked, in milliseconds; `nil` for as long as it likes.
        package var silenceMilliseconds: Int64?
        /// Waiting ends with an error while this descriptor is readable; its owner keeps it open.
        package var interruption: CInt?
        package var isReadOnly = false
        package init() {}
    }

    private let connector: any NBDConnector
    let settings: Settings
    private var channel: ClientChannel?
    package private(set) var export: ServedExport
    /// What the last status request has told, from its beginning on.
    private var knownExtents: [BlockExtent] = []
    private var nextCookie: UInt64 = 1
    /// The bytes of one request, and how many are under way.
    private static let pieceByteCount: UInt32 = 1 << 20
    private static let maximumUnderway = 16
    private static let allocationContext = "base:allocation"

    /// Connects and agrees with the server.
    package init(_ connector: any NBDConnector, _ settings: Settings) throws(NBDError) {
        self.connector = connector
        self.settings = settings
        let deadline = Descriptor.monotonicMilliseconds + max(settings.patienceMilliseconds, 10_000)
        let channel = try ClientChannel(
            try connector.connect(deadline: deadline), settings, contexts: [Self.allocationContext])
        self.channel = channel
        export = channel.export
    }

    deinit { channel?.sayGoodbye() }

    package var byteCount: UInt64 { export.byteCount }
    package var isReadOnly: Bool { settings.isReadOnly || export.flags.contains(.readOnly) }

    package func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        try checkAlignment(offset, UInt64(span.byteCount))
        let requests = pieces(.read, [], offset..<offset + UInt64(span.byteCount), limit: pieceLimit)
        try perform(
            requests,
            taking: { event, input in
                switch event {
                case .data(_, let position, let count, _):
                    let start = Int(position - offset)
                    var part = span._mutatingExtracting(start..<start + count)
                    input.copyFront(into: &part)
                case .hole(_, let range, _):
                    var part = span._mutatingExtracting(Int(range.lowerBound - offset)..<Int(range.upperBound - offset))
                    unsafe part.withUnsafeMutableBytes { target in
                        _ = unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
                    }
                default: break
                }
            })
    }

    package func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try checkWritable(offset, UInt64(span.byteCount))
        try checkAlignment(offset, UInt64(span.byteCount))
        let requests = pieces(.write, [], offset..<offset + UInt64(span.byteCount), limit: pieceLimit)
        try perform(
            requests,
            payload: { request, output in
                let start = Int(request.offset - offset)
                output.append(span.extracting(start..<start + Int(request.length)))
            })
    }

    package func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        try checkAlignment(range.lowerBound, range.length)
        if export.flags.contains(.sendWriteZeroes) {
            return try perform(pieces(.writeZeroes, mayUnmap ? [] : .noHole, range, limit: Self.rangeLimit))
        }
        let zeros = [UInt8](repeating: 0, count: Int(pieceLimit))
        try perform(
            pieces(.write, [], range, limit: pieceLimit),
            payload: { request, output in output.append(unsafe zeros.span.bytes.extracting(0..<Int(request.length))) })
    }

    package func discard(_ range: Range<UInt64>) throws(BlockError) {
        try checkWritable(range.lowerBound, range.length)
        guard export.flags.contains(.sendTrim) else { return }
        let mask = UInt64(export.minimumBlock) - 1
        let (start, end) = ((range.lowerBound + mask) & ~mask, range.upperBound & ~mask)
        if start < end { try perform(pieces(.trim, [], start..<end, limit: Self.rangeLimit)) }
    }

    package func flush() throws(BlockError) {
        guard export.flags.contains(.sendFlush), !isReadOnly else { return }
        try perform([NBDRequest(.flush, cookie: 0)])
    }

    package func resize(to byteCount: UInt64) throws(BlockError) {
        guard byteCount != self.byteCount else { return }
        throw .invalid("the size of a disk over NBD is the server's to change")
    }

    package func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        guard offset < byteCount, limit > offset else {
            throw .outOfRange(offset..<max(offset, limit), byteCount: byteCount)
        }
        let end = min(limit, byteCount)
        guard let context = export.contexts[Self.allocationContext] else { return Self.extent(offset..<end, flags: 0) }
        if !knownExtents.contains(where: { $0.range.contains(offset) }) { try learnExtents(at: offset, context) }
        guard var found = knownExtents.first(where: { $0.range.contains(offset) }) else {
            throw .invalid("the server did not say what lies at \(offset)")
        }
        found.range = offset..<min(end, found.range.upperBound)
        found.fileOffset = offset
        return found
    }

    /// Everything of the range that is asked for is one request.
    private func learnExtents(at offset: UInt64, _ context: UInt32) throws(BlockError) {
        let mask = UInt64(export.minimumBlock) - 1
        let start = offset & ~mask
        let request = NBDRequest(
            .blockStatus, cookie: 0, offset: start, length: UInt32(min(byteCount - start, Self.rangeLimit)))
        var (position, learned) = (start, [BlockExtent]())
        let size = byteCount
        try perform(
            [request],
            taking: { event, _ in
                guard case .extents(_, let id, let extents, _) = event, id == context else { return }
                for extent in extents where position < size {
                    // The last one may reach over what was asked for.
                    let end = position + min(UInt64(extent.length), size - position)
                    learned.append(Self.extent(position..<end, flags: extent.flags))
                    position = end
                }
            })
        knownExtents = learned
    }

    /// `NBD_STATE_HOLE` is 1 and `NBD_STATE_ZERO` 2.
    private static func extent(_ range: Range<UInt64>, flags: UInt32) -> BlockExtent {
        BlockExtent(
            range: range, isPresent: true, isZero: flags & 2 != 0, isData: flags & 1 == 0, fileOffset: range.lowerBound)
    }
}

/// Requests: cut, sent, awaited, and sent again.
extension NBDNode {
    /// The most bytes that a request without payload is about; a multiple of every block size.
    private static var rangeLimit: UInt64 { 1 << 30 }
    private var pieceLimit: UInt64 { UInt64(max(export.minimumBlock, min(export.maximumPayload, Self.pieceByteCount))) }

    private func pieces(
        _ command: NBDCommand, _ flags: NBDCommandFlags, _ range: Range<UInt64>, limit: UInt64
    ) -> [NBDRequest] {
        stride(from: range.lowerBound, to: range.upperBound, by: Int(limit)).map { offset in
            NBDRequest(
                command, flags: flags, cookie: 0, offset: offset, length: UInt32(min(limit, range.upperBound - offset)))
        }
    }

    private func perform(
        _ requests: [NBDRequest], payload: (NBDRequest, StreamBuffer) -> Void = { _, _ in },
        taking take: (ReplyReader.Step, StreamBuffer) -> Void = { _, _ in }
    ) throws(BlockError) {
        if requests.first?.command.changesContents == true { knownExtents = [] }
        var rest = requests[...]
        while !rest.isEmpty {
            var batch: [NBDRequest] = []
            while batch.count < Self.maximumUnderway, var request = rest.popFirst() {
                request.cookie = nextCookie
                nextCookie &+= 1
                batch.append(request)
            }
            try performBatch(batch, payload, take)
        }
    }

    /// Carries requests out together, over as many connections as that takes.
    private func performBatch(
        _ requests: [NBDRequest], _ payload: (NBDRequest, StreamBuffer) -> Void,
        _ take: (ReplyReader.Step, StreamBuffer) -> Void
    ) throws(BlockError) {
        var open = requests
        var outage = Outage(patienceMilliseconds: settings.patienceMilliseconds)
        while !open.isEmpty {
            let result: BlockError?
            do throws(NBDError) {
                result = try connected(&outage).exchange(&open, payload, take)
            } catch {
                channel = nil
                guard outage.admitsAnother else { throw Self.failure(error) }
                continue
            }
            if let result { throw result }
        }
    }

    /// The connection, or another one in its place.
    private func connected(_ outage: inout Outage) throws(NBDError) -> ClientChannel {
        if let channel { return channel }
        let descriptor: Descriptor
        do throws(NBDError) {
            descriptor = try connector.connect(deadline: outage.begin())
        } catch {
            outage.end()
            throw error
        }
        let channel = try ClientChannel(descriptor, settings, contexts: [Self.allocationContext])
        guard channel.export.byteCount == export.byteCount,
            channel.export.flags.contains(.readOnly) == export.flags.contains(.readOnly)
        else {
            outage.end()
            throw .refused("the server has another disk by now")
        }
        export = channel.export
        knownExtents = []
        self.channel = channel
        return channel
    }

    /// What a broken connection is for those who use the disk.
    private static func failure(_ error: NBDError) -> BlockError {
        if case .system(let cause) = error, cause.code == EINTR { return .system(cause) }
        return .system(SystemCallError(call: "the NBD connection (\(error))", code: ENOTCONN))
    }

    private func checkWritable(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        try checkRange(offset, count)
    }

    private func checkAlignment(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
        let mask = UInt64(export.minimumBlock) - 1
        guard (offset | count) & mask == 0 else {
            throw .unsupported("the server takes blocks of \(export.minimumBlock) bytes alone")
        }
    }
}
