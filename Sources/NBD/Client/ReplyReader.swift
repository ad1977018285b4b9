// SPDX-License-Identifier: Apache-2.0

/// Takes replies from a server's bytes and checks each against the request that it answers, without I/O.
package struct ReplyReader {
    package enum Step: Equatable {
        /// There must be at least so many bytes in the buffer before it goes on.
        case needsInput(atLeast: Int)
        /// So many bytes of a read are at the front of the buffer, to be taken from there; they belong at `offset`.
        case data(cookie: UInt64, offset: UInt64, count: Int, isLast: Bool)
        /// A range reads as zeros.
        case hole(cookie: UInt64, range: Range<UInt64>, isLast: Bool)
        /// How a context sees the range of a status request, from its front on.
        case extents(cookie: UInt64, context: UInt32, [Extent], isLast: Bool)
        /// A chunk that says nothing that is needed.
        case nothing
        /// A request was carried out.
        case done(cookie: UInt64)
        /// A request has failed, with the protocol's number and the server's words.
        case failed(cookie: UInt64, error: UInt32, words: String)
    }

    package struct Extent: Equatable, Sendable {
        package let length: UInt32
        package let flags: UInt32

        package init(length: UInt32, flags: UInt32) {
            self.length = length
            self.flags = flags
        }
    }

    /// A request that waits for its answer.
    private struct Waiting {
        let request: NBDRequest
        /// What of a read has come, in order and without neighbours that touch.
        var covered: [Range<UInt64>] = []
        var chunkCount = 0
        var failure: (error: UInt32, words: String)?
        var hasExtents = false
    }

    private let isStructured: Bool
    private var waiting: [UInt64: Waiting] = [:]
    private static let maximumChunkCount = 1 << 16

    package init(isStructured: Bool) { self.isStructured = isStructured }

    /// How many requests wait.
    package var waitingCount: Int { waiting.count }

    /// A request was sent.
    package mutating func expect(_ request: NBDRequest) { waiting[request.cookie] = Waiting(request: request) }

    /// Takes one reply or chunk, if it is there whole.
    package mutating func next(_ input: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= 16 else { return .needsInput(atLeast: 16) }
        switch input.number(UInt32.self, at: 0) {
        case NBDMagic.simpleReply: return try takeSimple(input)
        case NBDMagic.structuredReply where isStructured: return try takeChunk(input)
        default: throw .violation("a reply does not begin with its magic number")
        }
    }

    private mutating func takeSimple(_ input: StreamBuffer) throws(NBDError) -> Step {
        let (error, cookie) = (input.number(UInt32.self, at: 4), input.number(UInt64.self, at: 8))
        guard let entry = waiting[cookie] else { throw .violation("a reply to no request") }
        guard entry.chunkCount == 0 else { throw .violation("a simple reply after chunks") }
        let request = entry.request
        if error != 0 {
            input.dropFirst(16)
            waiting[cookie] = nil
            return .failed(cookie: cookie, error: error, words: "")
        }
        guard !isStructured || (request.command != .read && request.command != .blockStatus) else {
            throw .violation("a simple reply to a read, where structured ones were agreed on")
        }
        guard request.command == .read else {
            input.dropFirst(16)
            waiting[cookie] = nil
            return .done(cookie: cookie)
        }
        let count = Int(request.length)
        guard input.count >= 16 + count else { return .needsInput(atLeast: 16 + count) }
        input.dropFirst(16)
        waiting[cookie] = nil
        return .data(cookie: cookie, offset: request.offset, count: count, isLast: true)
    }

    private mutating func takeChunk(_ input: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= NBDChunk.headerByteCount else { return .needsInput(atLeast: NBDChunk.headerByteCount) }
        let isLast = input.number(UInt16.self, at: 4) & NBDChunk.done != 0
        let (kind, cookie) = (input.number(UInt16.self, at: 6), input.number(UInt64.self, at: 8))
        let length = input.number(UInt32.self, at: 16)
        guard var entry = waiting[cookie] else { throw .violation("a reply to no request") }
        guard length <= limit(kind, entry.request) else { throw .violation("a chunk of \(length) bytes") }
        let end = NBDChunk.headerByteCount + Int(length)
        guard input.count >= end else { return .needsInput(atLeast: end) }
        entry.chunkCount += 1
        guard entry.chunkCount <= Self.maximumChunkCount else {
            throw .violation("more than \(Self.maximumChunkCount) chunks")
        }
        let step: Step
        switch (NBDChunk(rawValue: kind), entry.request.command) {
        case (.some(.none), _):
            guard length == 0, isLast else { throw .violation("an empty chunk that is not, or not the last") }
            input.dropFirst(end)
            step = .nothing
        case (.offsetData, .read): step = try takeData(input, &entry, Int(length), isLast)
        case (.offsetHole, .read): step = try takeHole(input, &entry, length, isLast)
        case (.blockStatus, .blockStatus): step = try takeExtents(input, &entry, Int(length), isLast)
        case (_, _) where kind & NBDChunk.errorBit != 0:
            try takeError(input, &entry, Int(length))
            step = .nothing
        default: throw .violation("a chunk of kind \(kind), which does not go with the request")
        }
        guard isLast else {
            waiting[cookie] = entry
            return step
        }
        waiting[cookie] = nil
        // Nobody wants the bytes of a read that has failed.
        if entry.failure != nil, case .data(_, _, let count, _) = step { input.dropFirst(count) }
        return try ended(entry, step)
    }

    /// The most bytes that a chunk may have.
    private func limit(_ kind: UInt16, _ request: NBDRequest) -> UInt64 {
        switch NBDChunk(rawValue: kind) {
        case .offsetData: UInt64(request.length) + 8
        case .blockStatus: UInt64(NBDLimits.maximumReplyLength)
        default: UInt64(NBDLimits.maximumOptionLength)
        }
    }

    /// What a reply means that is complete.
    private func ended(_ entry: Waiting, _ step: Step) throws(NBDError) -> Step {
        let (request, cookie) = (entry.request, entry.request.cookie)
        if let failure = entry.failure { return .failed(cookie: cookie, error: failure.error, words: failure.words) }
        switch request.command {
        case .read:
            guard entry.covered == (request.length == 0 ? [] : [request.range]) else {
                throw .violation("the chunks of a read do not have all its bytes")
            }
        case .blockStatus:
            guard entry.hasExtents else { throw .violation("the answer to a status request has no extents") }
        default: break
        }
        return step == .nothing ? .done(cookie: cookie) : step
    }
}

/// The kinds of chunks.
extension ReplyReader {
    private func takeData(
        _ input: StreamBuffer, _ entry: inout Waiting, _ length: Int, _ isLast: Bool
    ) throws(NBDError) -> Step {
        guard length > 8 else { throw .violation("a chunk of data without any") }
        let offset = input.number(UInt64.self, at: 20)
        try cover(&entry, offset, UInt64(length - 8))
        input.dropFirst(28)
        return .data(cookie: entry.request.cookie, offset: offset, count: length - 8, isLast: isLast)
    }

    private func takeHole(
        _ input: StreamBuffer, _ entry: inout Waiting, _ length: UInt32, _ isLast: Bool
    ) throws(NBDError) -> Step {
        guard length == 12 else { throw .violation("a hole in \(length) bytes") }
        let (offset, count) = (input.number(UInt64.self, at: 20), UInt64(input.number(UInt32.self, at: 28)))
        guard count > 0 else { throw .violation("a hole of no bytes") }
        try cover(&entry, offset, count)
        input.dropFirst(32)
        return .hole(cookie: entry.request.cookie, range: offset..<offset + count, isLast: isLast)
    }

    /// Notes that a range has come, which lies in the request and was not there before.
    private func cover(_ entry: inout Waiting, _ offset: UInt64, _ count: UInt64) throws(NBDError) {
        let whole = entry.request.range
        guard offset >= whole.lowerBound, offset <= whole.upperBound, count <= whole.upperBound - offset else {
            throw .violation("a chunk beside what was asked for")
        }
        let range = offset..<offset + count
        var place = entry.covered.count
        while place > 0, entry.covered[place - 1].lowerBound >= range.upperBound { place -= 1 }
        if place > 0, entry.covered[place - 1].upperBound > range.lowerBound {
            throw .violation("two chunks with the same bytes")
        }
        var joined = range
        if place < entry.covered.count, entry.covered[place].lowerBound == joined.upperBound {
            joined = joined.lowerBound..<entry.covered.remove(at: place).upperBound
        }
        if place > 0, entry.covered[place - 1].upperBound == joined.lowerBound {
            entry.covered[place - 1] = entry.covered[place - 1].lowerBound..<joined.upperBound
        } else {
            entry.covered.insert(joined, at: place)
        }
    }

    private func takeExtents(
        _ input: StreamBuffer, _ entry: inout Waiting, _ length: Int, _ isLast: Bool
    ) throws(NBDError) -> Step {
        guard length >= 12, (length - 4).isMultiple(of: 8) else { throw .violation("extents in \(length) bytes") }
        let context = input.number(UInt32.self, at: 20)
        var extents: [Extent] = []
        for position in stride(from: 24, to: 20 + length, by: 8) {
            let extent = Extent(length: input.number(at: position), flags: input.number(at: position + 4))
            guard extent.length > 0 else { throw .violation("an extent of no bytes") }
            extents.append(extent)
        }
        entry.hasExtents = true
        input.dropFirst(20 + length)
        return .extents(cookie: entry.request.cookie, context: context, extents, isLast: isLast)
    }

    private func takeError(_ input: StreamBuffer, _ entry: inout Waiting, _ length: Int) throws(NBDError) {
        guard length >= 6 else { throw .violation("an error in \(length) bytes") }
        let (error, count) = (input.number(UInt32.self, at: 20), Int(input.number(UInt16.self, at: 24)))
        guard error != 0, count <= length - 6 else {
            throw .violation("an error without a number, or with too many words")
        }
        let words = input.bytes(26..<26 + min(count, 200)).filter { $0 >= 0x20 && $0 != 0x7F }
        input.dropFirst(20 + length)
        entry.failure = entry.failure ?? (error, String(decoding: words, as: UTF8.self))
    }
}
