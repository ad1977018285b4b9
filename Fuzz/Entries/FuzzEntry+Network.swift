// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import MachineTesting
internal import NBD

extension FuzzEntry {
    /// Peers on a network who may say anything.
    static var network: [FuzzEntry] {
        [FuzzEntry("nbd-server", corpus: nbdServer), FuzzEntry("nbd-client", corpus: nbdClient)]
    }

    /// A client's bytes are answered or end the connection, with words; pieces do not matter; what may only be read is
    /// not written.
    private static func nbdServer(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let bytes = corpus.damaged(&random)
        let (isReadOnly, isSecure) = (random.once(in: 4), random.once(in: 8))
        let contents = (0..<16384).map { _ in random.once(in: 2) ? UInt8(0) : random.byte() }
        let whole = NBDServerDouble(contents, isReadOnly: isReadOnly, isSecure: isSecure)
        let pieces = NBDServerDouble(contents, isReadOnly: isReadOnly, isSecure: isSecure)

        let ending = whole.take(bytes[...])
        var rest = bytes[...]
        var otherEnding: String?
        while !rest.isEmpty, otherEnding == nil {
            let count = min(rest.count, 1 + random.below(40))
            otherEnding = pieces.take(rest.prefix(count))
            rest = rest.dropFirst(count)
        }

        try Finding.check(!isReadOnly || whole.node.writtenByteCount == 0, "what may only be read was written")
        try Finding.check(whole.node.contents.count == contents.count, "the disk has another size")
        // Where TLS begins, pieces matter by design: nothing may have come with the words before it.
        if isSecure { return }
        try Finding.check(ending == otherEnding, "pieces matter: \(ending ?? "-"), \(otherEnding ?? "-")")
        try Finding.check(whole.answers == pieces.answers, "pieces change the answers")
        try Finding.check(whole.node.contents == pieces.node.contents, "pieces change the disk")
    }

    /// A server's bytes are taken or end the connection, with words; data belong to what was asked for and are there.
    private static func nbdClient(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let input = StreamBuffer(capacity: 64)
        let output = StreamBuffer(capacity: 64)
        input.append(corpus.damaged(&random))
        do throws(NBDError) {
            var negotiation = ClientNegotiation(
                exportName: "disk", contexts: ["base:allocation"], wantsTLS: random.once(in: 8))
            var export: ServedExport?
            while export == nil {
                switch try negotiation.next(input, output) {
                case .taken: continue
                case .needsInput, .startTLS: return
                case .ready(let found): export = found
                }
            }
            guard let export else { return }
            var reader = ReplyReader(isStructured: export.isStructured)
            let requests = [
                NBDRequest(.read, cookie: 1, offset: 0, length: 64), NBDRequest(.write, cookie: 2, length: 8),
                NBDRequest(.blockStatus, cookie: 3, length: 1 << 20),
                NBDRequest(.read, cookie: 4, offset: 4096, length: 16),
            ]
            for request in requests { reader.expect(request) }
            try takeReplies(&reader, requests, input)
        } catch {
            try Finding.check(!"\(error)".isEmpty, "a refusal has no words")
            try Finding.check(!"\(error)".contains(brokenMark), "\(error)")
        }
    }

    private static let brokenMark = "a promise was broken"

    private static func takeReplies(
        _ reader: inout ReplyReader, _ requests: [NBDRequest], _ input: StreamBuffer
    ) throws(NBDError) {
        while true {
            switch try reader.next(input) {
            case .needsInput(let count):
                guard count > input.count, count <= 2 << 20 else { throw .violation("\(brokenMark): \(count) bytes") }
                return
            case .data(let cookie, let offset, let count, _):
                guard let request = requests.first(where: { $0.cookie == cookie }), request.command == .read,
                    offset >= request.offset, offset + UInt64(count) <= request.offset + UInt64(request.length),
                    count <= input.count
                else { throw .violation("\(brokenMark): \(count) bytes at \(offset)") }
                input.dropFirst(count)
            case .hole(let cookie, let range, _):
                guard let request = requests.first(where: { $0.cookie == cookie }), range.lowerBound >= request.offset,
                    range.upperBound <= request.offset + UInt64(request.length)
                else { throw .violation("\(brokenMark): a hole at \(range)") }
            case .extents, .nothing, .done, .failed: continue
            }
        }
    }
}
