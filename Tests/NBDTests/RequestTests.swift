// SPDX-License-Identifier: Apache-2.0
import DiskImage
import NBD
import Testing

/// Requests against an export of 64 KiB: what is carried out, and what is refused.
@Suite("Requests")
struct RequestTests {
    private let node = MemoryNode(MemoryNode.pattern(64 << 10))

    private func export(isReadOnly: Bool = false) -> NBDExport {
        var settings = NBDExport.Settings()
        settings.isReadOnly = isReadOnly
        return NBDExport(node, settings, bitmaps: [("b", StripedMap())])
    }

    /// The answers to a row of requests.
    private func answers(
        _ requests: WireBytes, isStructured: Bool, isReadOnly: Bool = false, contexts: [Int] = [0]
    ) throws(NBDError) -> [UInt8] {
        let export = export(isReadOnly: isReadOnly)
        let agreement = AgreedExport(index: 0, isStructured: isStructured, contexts: isStructured ? contexts : [])
        let reader = RequestReader(offer: export.offer, agreement: agreement)
        let performer = RequestPerformer(export, agreement)
        let (input, output) = (requests.buffer, StreamBuffer(capacity: 16))
        while true {
            switch try reader.next(input) {
            case .request(let request):
                performer.perform(request, payload: input, output)
                input.dropFirst(request.payloadByteCount)
            case .refused(let cookie, let code, _): performer.refuse(cookie: cookie, code, "no", output)
            case .needsInput, .disconnected: return output.contents
            }
        }
    }

    @Test("a read is answered with its bytes")
    func read() throws {
        let bytes = WireBytes(bytes: Array(node.contents[100..<110]))

        let simple = try answers(.request(0, cookie: 7, offset: 100, length: 10), isStructured: false)
        let structured = try answers(.request(0, cookie: 7, offset: 100, length: 10), isStructured: true)

        #expect(simple == (WireBytes.simpleReply(7) + bytes).bytes)
        #expect(structured == WireBytes.chunk(1, cookie: 7, .number(UInt64(100)) + bytes).bytes)
    }

    @Test("a long read tells its holes, and does not where it may not be cut")
    func holes() throws {
        try node.writeZeroes(8192..<40960, mayUnmap: true)
        let (front, back) = (Array(node.contents[..<8192]), Array(node.contents[40960...]))

        let cut = try answers(.request(0, length: 64 << 10), isStructured: true)
        let whole = try answers(.request(0, flags: 4, length: 64 << 10), isStructured: true)

        let expected =
            WireBytes.chunk(1, isLast: false, .number(UInt64(0)) + WireBytes(bytes: front))
            + .chunk(2, isLast: false, .number(UInt64(8192)) + .number(UInt32(32768)))
            + .chunk(1, .number(UInt64(40960)) + WireBytes(bytes: back))
        #expect(cut == expected.bytes)
        #expect(whole == WireBytes.chunk(1, .number(UInt64(0)) + WireBytes(bytes: node.contents)).bytes)
    }

    @Test("writes, zeros and discards reach the disk, and FUA and flush make them durable")
    func changes() throws {
        let requests =
            WireBytes.request(1, cookie: 1, offset: 10, length: 3) + WireBytes(bytes: [1, 2, 3])
            + .request(6, cookie: 2, offset: 20, length: 5) + .request(4, cookie: 3, offset: 4096, length: 4096)
            + .request(1, flags: 1, cookie: 4, offset: 0, length: 1) + WireBytes(bytes: [9]) + .request(3, cookie: 5)

        let answers = try answers(requests, isStructured: false)

        #expect(answers == (1...5).reduce(into: WireBytes()) { $0 = $0 + .simpleReply(UInt64($1)) }.bytes)
        #expect(node.contents[0] == 9)
        #expect(Array(node.contents[10..<13]) == [1, 2, 3])
        #expect(Array(node.contents[20..<25]) == [0, 0, 0, 0, 0])
        #expect(node.contents[4096..<8192].allSatisfy { $0 == 0 })
        #expect(node.flushCount == 2)
    }

    @Test("zeros that would have to be written are refused where they are to be fast")
    func fastZeros() throws {
        let before = node.contents

        let slow = try answers(.request(6, flags: 16, offset: 1, length: 4096), isStructured: false)
        #expect(slow == WireBytes.simpleReply(error: 95).bytes)
        #expect(node.contents == before)

        let fast = try answers(.request(6, flags: 16, offset: 4096, length: 4096), isStructured: false)
        #expect(fast == WireBytes.simpleReply().bytes)
        #expect(node.contents[4096] == 0)
    }

    @Test("extents of two contexts come as two chunks, the first one alone where one is asked for")
    func extents() throws {
        try node.writeZeroes(0..<12288, mayUnmap: true)
        func chunk(_ id: UInt32, isLast: Bool, _ extents: [(UInt32, UInt32)]) -> WireBytes {
            WireBytes.chunk(
                5, isLast: isLast, extents.reduce(.number(id)) { $0 + .number($1.0) + .number($1.1) })
        }

        let all = try answers(.request(7, length: 16384), isStructured: true, contexts: [0, 1])
        let one = try answers(.request(7, flags: 8, length: 16384), isStructured: true, contexts: [0])

        let expected =
            chunk(1, isLast: false, [(12288, 3), (4096, 0)])
            + chunk(2, isLast: true, [(4096, 1), (4096, 0), (4096, 1), (4096, 0)])
        #expect(all == expected.bytes)
        #expect(one == chunk(1, isLast: true, [(12288, 3)]).bytes)
    }

    @Test("a read that fails half-way is one error")
    func failedRead() throws {
        node.failing = (40000..<40001, .corrupt("broken", fileOffset: 7))

        let answers = try answers(.request(0, length: 64 << 10), isStructured: true)

        #expect(
            Array(answers.prefix(24)) == Array(WireBytes.chunk(0x8001).bytes.prefix(16)) + answers[16..<20] + [
                0, 0, 0, 5,
            ])
        #expect(answers.count == 20 + 6 + Int(answers[25]))
    }

    /// A request that gets an error, and which.
    static let refusals: [(WireBytes, UInt32, Bool)] = [
        (.request(0, offset: 65536, length: 1), 22, false),
        (.request(0, offset: .max, length: 2), 22, false),
        (.request(0, length: 33 << 20), 22, false),
        (.request(0, flags: 1, length: 1), 22, false),
        (.request(0, flags: 4, length: 1), 22, false),
        (.request(1, offset: 65535, length: 2) + WireBytes(bytes: [1, 1]), 28, false),
        (.request(6, offset: 65535, length: 2), 28, false),
        (.request(6, offset: 1, length: .max), 28, false),
        (.request(4, offset: 65535, length: 2), 22, false),
        (.request(7, length: 10), 22, false),
        (.request(99, length: 1), 22, false),
        (.request(1, length: 1) + WireBytes(bytes: [1]), 1, true),
        (.request(4, length: 1), 1, true),
        (.request(6, length: 1), 1, true),
    ]

    @Test("is refused with an error, and the next request is carried out", arguments: refusals.indices)
    func refusal(_ index: Int) throws {
        let (request, error, isReadOnly) = Self.refusals[index]
        let before = node.contents

        let answers = try answers(
            request + .request(0, cookie: 2, length: 1), isStructured: false, isReadOnly: isReadOnly)

        #expect(
            answers == (WireBytes.simpleReply(error: error) + .simpleReply(2) + WireBytes(bytes: [before[0]])).bytes)
        #expect(node.contents == before)
    }

    @Test("a write that no buffer could hold ends the connection")
    func hugeWrite() {
        #expect(throws: NBDError.self) { try answers(.request(1, length: .max), isStructured: false) }
    }

    @Test("a request without its magic number ends the connection")
    func magic() {
        #expect(throws: NBDError.self) {
            try answers(WireBytes(bytes: [UInt8](repeating: 0, count: 28)), isStructured: false)
        }
    }

    @Test("nothing after a good-bye is carried out")
    func disconnect() throws {
        let answers = try answers(.request(2) + .request(3), isStructured: false)

        #expect(answers.isEmpty)
        #expect(node.flushCount == 0)
    }
}
