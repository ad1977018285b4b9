// SPDX-License-Identifier: Apache-2.0
import NBD
import Testing

/// What a client makes of replies, hostile ones among them.
@Suite("Replies")
struct ReplyReaderTests {
    /// A reader that waits for a read of 8 bytes at 100 (1), a write (2) and a status request of 4096 bytes (3).
    private func reader(isStructured: Bool = true) -> ReplyReader {
        var reader = ReplyReader(isStructured: isStructured)
        reader.expect(NBDRequest(.read, cookie: 1, offset: 100, length: 8))
        reader.expect(NBDRequest(.write, cookie: 2, offset: 0, length: 8))
        reader.expect(NBDRequest(.blockStatus, cookie: 3, offset: 0, length: 4096))
        return reader
    }

    /// All steps until more bytes are needed; data are dropped.
    private func steps(_ replies: WireBytes, isStructured: Bool = true) throws(NBDError) -> [ReplyReader.Step] {
        var reader = reader(isStructured: isStructured)
        let input = replies.buffer
        var steps: [ReplyReader.Step] = []
        while true {
            let step = try reader.next(input)
            if case .needsInput = step { return steps }
            if case .data(_, _, let count, _) = step { input.dropFirst(count) }
            steps.append(step)
        }
    }

    private static func data(_ offset: UInt64, _ count: Int, isLast: Bool = true) -> WireBytes {
        .chunk(1, isLast: isLast, .number(offset) + WireBytes(bytes: [UInt8](repeating: 7, count: count)))
    }

    private static func hole(_ offset: UInt64, _ count: UInt32, isLast: Bool = true) -> WireBytes {
        .chunk(2, isLast: isLast, .number(offset) + .number(count))
    }

    private static func error(_ cookie: UInt64, _ code: UInt32, _ words: String, isLast: Bool = true) -> WireBytes {
        .chunk(
            0x8001, cookie: cookie, isLast: isLast,
            .number(code) + .number(UInt16(words.utf8.count)) + WireBytes(bytes: Array(words.utf8)))
    }

    @Test("simple replies are taken")
    func simple() throws {
        let replies = WireBytes.simpleReply(2) + .simpleReply(1) + WireBytes(bytes: [UInt8](repeating: 7, count: 8))

        #expect(
            try steps(replies, isStructured: false)
                == [.done(cookie: 2), .data(cookie: 1, offset: 100, count: 8, isLast: true)])
    }

    @Test("chunks in any order make up a read")
    func chunks() throws {
        let replies =
            Self.data(104, 4, isLast: false) + Self.hole(100, 2, isLast: false)
            + .chunk(0, cookie: 2) + Self.data(102, 2)

        #expect(
            try steps(replies) == [
                .data(cookie: 1, offset: 104, count: 4, isLast: false),
                .hole(cookie: 1, range: 100..<102, isLast: false), .done(cookie: 2),
                .data(cookie: 1, offset: 102, count: 2, isLast: true),
            ])
    }

    @Test("an error among the chunks is the answer, once all have come")
    func failure() throws {
        let replies = Self.error(1, 5, "bad\u{1B}disk", isLast: false) + Self.data(100, 8) + .chunk(0, cookie: 2)

        #expect(
            try steps(replies) == [.nothing, .failed(cookie: 1, error: 5, words: "baddisk"), .done(cookie: 2)])
    }

    @Test("extents are taken")
    func extents() throws {
        let chunk = WireBytes.chunk(
            5, cookie: 3,
            .number(UInt32(1)) + .number(UInt32(512)) + .number(UInt32(3)) + .number(UInt32(9999))
                + .number(UInt32(0)))

        #expect(
            try steps(chunk) == [
                .extents(
                    cookie: 3, context: 1, [.init(length: 512, flags: 3), .init(length: 9999, flags: 0)], isLast: true)
            ])
    }

    static let violations: [(String, WireBytes)] = [
        ("no magic number", .number(UInt64(1)) + .number(UInt64(1))),
        ("an unknown cookie", .simpleReply(9)),
        ("an unknown cookie in a chunk", .chunk(0, cookie: 9)),
        ("a simple reply to a read", .simpleReply(1) + WireBytes(bytes: [UInt8](repeating: 0, count: 8))),
        ("a reply twice", .simpleReply(2) + .simpleReply(2)),
        ("bytes before the read", data(99, 8)),
        ("bytes behind the read", data(101, 8)),
        ("an offset that is too large", data(.max, 8)),
        ("too few bytes", data(100, 7)),
        ("the same bytes twice", data(100, 8, isLast: false) + hole(107, 1)),
        ("a hole behind the read", hole(100, 9)),
        ("a hole of no bytes", hole(100, 0)),
        ("no bytes", .chunk(0, cookie: 1)),
        ("a chunk without data", .chunk(1, .number(UInt64(100)))),
        ("data for a write", .chunk(1, cookie: 2, .number(UInt64(0)) + .number(UInt64(0)))),
        (
            "a chunk that is too long",
            .number(UInt32(0x668E_33EF)) + .number(UInt32(0x1_0001)) + .number(UInt64(1)) + .number(UInt32.max)
        ),
        ("an empty chunk with bytes", .chunk(0, cookie: 2, .number(UInt8(1)))),
        ("an empty chunk before others", .chunk(0, cookie: 2, isLast: false)),
        ("an unknown kind", .chunk(77, cookie: 2)),
        ("an extent of no bytes", .chunk(5, cookie: 3, .number(UInt32(1)) + .number(UInt64(0)))),
        ("half an extent", .chunk(5, cookie: 3, .number(UInt32(1)) + .number(UInt32(512)))),
        ("no extents", .chunk(0, cookie: 3)),
        ("an error that is none", error(1, 0, "")),
        ("an error with too many words", .chunk(0x8001, .number(UInt32(5)) + .number(UInt16(1)))),
        ("an error in two bytes", .chunk(0x8001, .number(UInt16(5)))),
        ("a simple reply after a chunk", data(100, 4, isLast: false) + .simpleReply(1, error: 5)),
    ]

    @Test("ends the connection", arguments: violations.indices)
    func violation(_ index: Int) {
        #expect(throws: NBDError.self, "\(Self.violations[index].0)") { try steps(Self.violations[index].1) }
    }

    @Test("a server that cuts a read into crumbs is not listened to for ever")
    func crumbs() throws {
        var reader = ReplyReader(isStructured: true)
        reader.expect(NBDRequest(.read, cookie: 1, offset: 0, length: 1 << 20))
        let input = StreamBuffer(capacity: 64)
        var count = 0

        let error = #expect(throws: NBDError.self) {
            while true {
                input.append(WireBytes.chunk(2, isLast: false, .number(UInt64(2 * count)) + .number(UInt32(1))).bytes)
                _ = try reader.next(input)
                count += 1
            }
        }

        #expect(count == 1 << 16, "\(String(describing: error))")
    }
}
