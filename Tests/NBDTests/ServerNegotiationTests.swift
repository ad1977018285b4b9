// SPDX-License-Identifier: Apache-2.0
import NBD
import Testing

/// What a server answers to clients who follow the protocol, and to those who do not.
@Suite("Negotiation of the server")
struct ServerNegotiationTests {
    static let offers = [
        ExportOffer(name: "", byteCount: 1 << 20, flags: []),
        ExportOffer(
            name: "disk", description: "a disk", byteCount: 5 << 20, flags: [.readOnly],
            contexts: ["qemu:dirty-bitmap:b0", "qemu:dirty-bitmap:b1"]),
    ]

    /// Has everything taken, and returns the answers and how it ended.
    private func negotiate(
        _ messages: WireBytes, security: ServerNegotiation.Security = .none
    ) throws(NBDError) -> (answers: [UInt8], end: ServerNegotiation.Step) {
        var negotiation = ServerNegotiation(offers: Self.offers, security: security)
        let (input, output) = (messages.buffer, StreamBuffer(capacity: 16))
        while true {
            let step = try negotiation.next(input, output)
            if step != .answered { return (output.contents, step) }
        }
    }

    @Test("the first words are NBDMAGIC, IHAVEOPT and the flags")
    func greeting() {
        let output = StreamBuffer(capacity: 16)

        ServerNegotiation(offers: Self.offers, security: .none).greet(output)

        #expect(output.contents == WireBytes.greeting(3).bytes)
    }

    @Test("an export is entered by its name, with size and flags")
    func go() throws {
        let (answers, end) = try negotiate(.clientFlags() + .go("disk"))

        #expect(end == .transmission(AgreedExport(index: 1, isStructured: false, contexts: [])))
        let sizes = WireBytes.number(UInt16(3)) + .number(UInt32(1)) + .number(UInt32(4096)) + .number(UInt32(32 << 20))
        let export = WireBytes.number(UInt16(0)) + .number(UInt64(5 << 20)) + .number(UInt16(3))
        let expected = WireBytes.optionReply(7, 3, sizes) + .optionReply(7, 3, export) + .optionReply(7, 1)
        #expect(answers == expected.bytes)
    }

    @Test("the old way in has 124 zeros, unless they are left out", arguments: [UInt32(1), 3])
    func exportName(_ flags: UInt32) throws {
        let (answers, end) = try negotiate(
            .clientFlags(flags) + .option(1, WireBytes(bytes: Array("disk".utf8))))

        #expect(end == .transmission(AgreedExport(index: 1, isStructured: false, contexts: [])))
        let zeros = [UInt8](repeating: 0, count: flags == 3 ? 0 : 124)
        #expect(answers == (WireBytes.number(UInt64(5 << 20)) + .number(UInt16(3))).bytes + zeros)
    }

    @Test("contexts that are set hold for the export that is entered")
    func contexts() throws {
        let queries =
            WireBytes.text("disk") + .number(UInt32(3)) + .text("base:allocation")
            + .text("qemu:dirty-bitmap:b1") + .text("qemu:")
        let (answers, end) = try negotiate(.clientFlags() + .option(8) + .option(10, queries) + .go("disk"))

        #expect(end == .transmission(AgreedExport(index: 1, isStructured: true, contexts: [0, 2])))
        let expected =
            WireBytes.optionReply(8, 1)
            + .optionReply(10, 4, .number(UInt32(1)) + WireBytes(bytes: Array("base:allocation".utf8)))
            + .optionReply(10, 4, .number(UInt32(3)) + WireBytes(bytes: Array("qemu:dirty-bitmap:b1".utf8)))
            + .optionReply(10, 1)
        #expect(answers.starts(with: expected.bytes))
    }

    @Test("contexts of another export do not hold")
    func contextsOfAnother() throws {
        let queries = WireBytes.text("disk") + .number(UInt32(1)) + .text("base:allocation")
        let (_, end) = try negotiate(.clientFlags() + .option(8) + .option(10, queries) + .go(""))

        #expect(end == .transmission(AgreedExport(index: 0, isStructured: true, contexts: [])))
    }

    @Test("a namespace lists all its contexts", arguments: [("qemu:", 2), ("qemu:dirty-bitmap:", 2), ("base:", 1)])
    func namespaces(_ query: String, _ count: Int) throws {
        let data = WireBytes.text("disk") + .number(UInt32(1)) + .text(query)
        let (answers, _) = try negotiate(.clientFlags() + .option(8) + .option(9, data) + .option(2))

        let replies = answers.indices.count { index in
            answers[index...].starts(with: WireBytes.optionReply(9, 4).bytes.prefix(16))
        }
        #expect(replies == count)
    }

    /// An option that is refused, and the kind of the answer.
    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let option: WireBytes
        let kind: UInt32
        var security = ServerNegotiation.Security.none
    }

    static let refusals = [
        Refusal(testDescription: "an unknown option", option: .option(99), kind: 0x8000_0001),
        Refusal(testDescription: "an export that is not there", option: .go("nothing"), kind: 0x8000_0006),
        Refusal(
            testDescription: "a name longer than its option", option: .option(7, .number(UInt32(9))), kind: 0x8000_0003),
        Refusal(
            testDescription: "a name longer than names are",
            option: .option(7, .text(String(repeating: "x", count: 4097)) + .number(UInt16(0))), kind: 0x8000_0003),
        Refusal(
            testDescription: "more informations than bytes", option: .option(6, .text("") + .number(UInt16(7))),
            kind: 0x8000_0003),
        Refusal(testDescription: "a list with data", option: .option(3, .number(UInt8(1))), kind: 0x8000_0003),
        Refusal(
            testDescription: "contexts without structured replies",
            option: .option(10, .text("disk") + .number(UInt32(0))), kind: 0x8000_0003),
        Refusal(testDescription: "TLS that is not there", option: .option(5), kind: 0x8000_0002),
        Refusal(testDescription: "a list before TLS", option: .option(3), kind: 0x8000_0005, security: .required),
        Refusal(testDescription: "an export before TLS", option: .go("disk"), kind: 0x8000_0005, security: .required),
        Refusal(testDescription: "TLS twice", option: .option(5), kind: 0x8000_0003, security: .established),
    ]

    @Test("is refused, and the next option is taken", arguments: refusals)
    func refusal(_ refusal: Refusal) throws {
        let (answers, end) = try negotiate(
            .clientFlags() + refusal.option + .option(2), security: refusal.security)

        #expect(end == .end)
        let code = Array(refusal.option.bytes[8..<12])
        #expect(Array(answers[8..<16]) == code + WireBytes.number(refusal.kind).bytes)
        #expect(answers.suffix(20) == WireBytes.optionReply(2, 1).bytes[...])
    }

    /// Messages after which the connection is closed.
    static let violations: [(String, WireBytes)] = [
        ("flags that were not offered", .clientFlags(4)),
        ("an option without IHAVEOPT", .clientFlags() + .number(UInt64(1)) + .number(UInt64(1))),
        ("an unknown export by the old way", .clientFlags() + .option(1, WireBytes(bytes: [1]))),
        (
            "options without an end",
            (0...NBDLimits.maximumOptionCount).reduce(into: .clientFlags()) { all, _ in all = all + .option(8) }
        ),
    ]

    @Test("ends the connection", arguments: violations.indices)
    func violation(_ index: Int) {
        #expect(throws: NBDError.self) { try negotiate(Self.violations[index].1) }
    }

    @Test("an option that is too long ends the connection before memory is taken for it")
    func tooLong() throws {
        let header = WireBytes.number(UInt64(0x4948_4156_454F_5054)) + .number(UInt32(7)) + .number(UInt32.max)
        let (answers, end) = try negotiate(.clientFlags() + header)

        #expect(end == .end)
        #expect(Array(answers[12..<16]) == WireBytes.number(UInt32(0x8000_0009)).bytes)
    }

    @Test("what was sent before TLS was agreed on is not taken for what came through it")
    func injection() {
        #expect(throws: NBDError.self) {
            try negotiate(.clientFlags() + .option(5) + .go("disk"), security: .required)
        }
    }

    @Test("what was agreed on before TLS does not count after it")
    func reset() throws {
        var negotiation = ServerNegotiation(offers: Self.offers, security: .required)
        let (input, output) = ((WireBytes.clientFlags() + .option(5)).buffer, StreamBuffer(capacity: 16))
        #expect(try negotiation.next(input, output) == .answered)
        #expect(try negotiation.next(input, output) == .startTLS)

        var secured = negotiation.secured()
        input.append(WireBytes.go("disk").bytes)

        #expect(
            try secured.next(input, output)
                == .transmission(AgreedExport(index: 1, isStructured: false, contexts: [])))
    }

    @Test("pieces do not matter")
    func pieces() throws {
        let messages = WireBytes.clientFlags() + .option(8) + .option(3) + .go("disk")
        var negotiation = ServerNegotiation(offers: Self.offers, security: .none)
        let (input, output) = (StreamBuffer(capacity: 1), StreamBuffer(capacity: 1))
        var end: ServerNegotiation.Step?
        for byte in messages.bytes {
            input.append([byte])
            var step = try negotiation.next(input, output)
            while step == .answered { step = try negotiation.next(input, output) }
            if case .needsInput(let count) = step { #expect(count > input.count) } else { end = step }
        }

        #expect(end == .transmission(AgreedExport(index: 1, isStructured: true, contexts: [])))
        #expect(output.contents == (try negotiate(messages)).answers)
    }
}
