// SPDX-License-Identifier: Apache-2.0
import NBD
import Testing

/// What a client says, and what it makes of servers of any kind.
@Suite("Negotiation of the client")
struct ClientNegotiationTests {
    private func negotiate(
        _ replies: WireBytes, wantsTLS: Bool = false
    ) throws(NBDError) -> (said: [UInt8], end: ClientNegotiation.Step) {
        var negotiation = ClientNegotiation(exportName: "disk", contexts: ["base:allocation"], wantsTLS: wantsTLS)
        let (input, output) = (replies.buffer, StreamBuffer(capacity: 16))
        while true {
            let step = try negotiation.next(input, output)
            if step != .taken { return (output.contents, step) }
        }
    }

    private static let export = WireBytes.number(UInt16(0)) + .number(UInt64(5 << 20)) + .number(UInt16(0x41))
    private static let context = WireBytes.number(UInt32(1)) + WireBytes(bytes: Array("base:allocation".utf8))

    @Test("everything is agreed on with a server that can everything")
    func whole() throws {
        let sizes =
            WireBytes.number(UInt16(3)) + .number(UInt32(512)) + .number(UInt32(4096)) + .number(UInt32(1 << 20))
        let (said, end) = try negotiate(
            .greeting() + .optionReply(8, 1) + .optionReply(10, 4, Self.context) + .optionReply(10, 1)
                + .optionReply(7, 3, sizes) + .optionReply(7, 3, Self.export) + .optionReply(7, 1))

        var expected = ServedExport()
        expected.byteCount = 5 << 20
        expected.flags = [.hasFlags, .sendWriteZeroes]
        expected.isStructured = true
        expected.contexts = ["base:allocation": 1]
        expected.minimumBlock = 512
        expected.maximumPayload = 1 << 20
        #expect(end == .ready(expected))
        let queries = WireBytes.text("disk") + .number(UInt32(1)) + .text("base:allocation")
        let go = WireBytes.text("disk") + .number(UInt16(1)) + .number(UInt16(3))
        #expect(said == (WireBytes.number(UInt32(3)) + .option(8) + .option(10, queries) + .option(7, go)).bytes)
    }

    @Test("a server that knows none of it is asked in the old way", arguments: [UInt16(1), 3])
    func old(_ flags: UInt16) throws {
        let zeros = WireBytes(bytes: [UInt8](repeating: 0, count: flags == 3 ? 0 : 124))
        let (_, end) = try negotiate(
            .greeting(flags) + .optionReply(8, 0x8000_0001) + .optionReply(7, 0x8000_0001)
                + .number(UInt64(1 << 20)) + .number(UInt16(1)) + zeros)

        var expected = ServedExport()
        expected.byteCount = 1 << 20
        expected.flags = .hasFlags
        #expect(end == .ready(expected))
    }

    @Test("TLS comes before everything else")
    func security() throws {
        let (said, end) = try negotiate(.greeting() + .optionReply(5, 1), wantsTLS: true)

        #expect(end == .startTLS)
        #expect(said == (WireBytes.number(UInt32(3)) + .option(5)).bytes)
    }

    static let refusals: [(String, WireBytes, Bool)] = [
        ("no NBD server", .number(UInt64(1)) + .number(UInt64(1)) + .number(UInt16(3)), false),
        (
            "the oldest protocol",
            .number(UInt64(0x4E42_444D_4147_4943)) + .number(UInt64(0x0000_4202_8186_1253)) + .number(UInt16(0)), false
        ),
        ("no TLS", .greeting() + .optionReply(5, 0x8000_0001), true),
        ("TLS that a server of before 2016 cannot have", .greeting(0), true),
        ("words before TLS is spoken", .greeting() + .optionReply(5, 1) + .number(UInt8(0)), true),
        ("TLS alone", .greeting() + .optionReply(8, 0x8000_0005), false),
        ("no such export", .greeting() + .optionReply(8, 0x8000_0001) + .optionReply(7, 0x8000_0006), false),
        ("an answer to another option", .greeting() + .optionReply(3, 1), false),
        ("an answer without magic", .greeting() + .number(UInt64(0)) + .number(UInt64(0)) + .number(UInt32(0)), false),
        (
            "an answer of any length",
            .greeting() + .number(UInt64(0x0003_E889_0455_65A9)) + .number(UInt32(8)) + .number(UInt32(1))
                + .number(UInt32.max), false
        ),
        ("an export without a size", .greeting() + .optionReply(8, 0x8000_0001) + .optionReply(7, 1), false),
        ("half an export", .greeting() + .optionReply(8, 0x8000_0001) + .optionReply(7, 3, .number(UInt16(0))), false),
        (
            "an export larger than any file",
            .greeting() + .optionReply(8, 0x8000_0001)
                + .optionReply(7, 3, .number(UInt16(0)) + .number(UInt64.max) + .number(UInt16(0)))
                + .optionReply(7, 1), false
        ),
        (
            "blocks that are no blocks",
            .greeting() + .optionReply(8, 0x8000_0001)
                + .optionReply(7, 3, .number(UInt16(3)) + .number(UInt32(3)) + .number(UInt32(3)) + .number(UInt32(9))),
            false
        ),
        (
            "a context that was not asked for",
            .greeting() + .optionReply(8, 1) + .optionReply(10, 4, .number(UInt32(1)) + WireBytes(bytes: [0x78])), false
        ),
        (
            "a context twice",
            .greeting() + .optionReply(8, 1) + .optionReply(10, 4, context) + .optionReply(10, 4, context), false
        ),
    ]

    @Test("a server is not used that has", arguments: refusals.indices)
    func refusal(_ index: Int) {
        let (name, replies, wantsTLS) = Self.refusals[index]

        let error = #expect(throws: NBDError.self, "\(name)") { try negotiate(replies, wantsTLS: wantsTLS) }

        #expect(!"\(error.map { "\($0)" } ?? "")".isEmpty)
    }

    @Test("a server that never comes to the point is left")
    func endless() {
        let information = WireBytes.optionReply(7, 3, .number(UInt16(77)))
        var replies = WireBytes.greeting() + .optionReply(8, 0x8000_0001)
        for _ in 0...NBDLimits.maximumOptionCount { replies.bytes += information.bytes }

        #expect(throws: NBDError.self) { try negotiate(replies) }
    }
}
