// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import GuestAgent

@Suite("What a guest's agent sends")
struct AgentReaderTests {
    private func items(_ chunks: [[UInt8]], limit: Int = 64) throws -> [AgentReader.Item] {
        var reader = AgentReader(maximumByteCount: limit)
        var items: [AgentReader.Item] = []
        for chunk in chunks {
            reader.take(chunk)
            while let item = try reader.next() { items.append(item) }
        }
        return items
    }

    @Test("answers come in any pieces")
    func takesPieces() throws {
        let bytes = Array("{\"return\": 1}\n\r\n{\"return\": {}}\n{\"ret".utf8)

        let expected: [AgentReader.Item] = [
            .answer(["return": 1], isDelimited: false), .answer(["return": [:]], isDelimited: false),
        ]
        #expect(try items([bytes]) == expected)
        #expect(try items(bytes.map { [$0] }) == expected)
    }

    @Test("0xFF forgets what stood before it and marks what follows")
    func delimits() throws {
        let bytes = Array("{\"return\": 1".utf8) + [0xFF] + Array("{\"return\": 2}\n{\"return\": 3}\n".utf8)

        #expect(
            try items([bytes]) == [
                .answer(["return": 2], isDelimited: true), .answer(["return": 3], isDelimited: false),
            ])
    }

    @Test("a line that is no JSON is one mistake, and the next line counts")
    func resynchronizes() throws {
        let found = try items([Array("{]}\n\u{0}\n{\"return\": 1} {}\n{\"return\": 2}\n".utf8)])

        #expect(found.count == 4)
        #expect(found.last == .answer(["return": 2], isDelimited: false))
        let nonsense = found.dropLast().allSatisfy { if case .nonsense = $0 { true } else { false } }
        #expect(nonsense)
    }

    @Test("nesting is bounded")
    func boundsNesting() throws {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000) + [0x0A]

        let found = try items([deep], limit: 1 << 20)

        guard case .nonsense(let error) = found.first else {
            Issue.record("\(found.count) items")
            return
        }
        #expect(error.reason == .tooDeep(limit: JSONStreamParser.maximumNesting))
    }

    @Test("a line that is too long is refused when that shows, and the next line counts", arguments: [1, 7, 100])
    func boundsLines(_ pieceByteCount: Int) throws {
        var reader = AgentReader(maximumByteCount: 16)
        var rest = [UInt8](repeating: UInt8(ascii: " "), count: 100)[...]
        var refusals = 0
        while !rest.isEmpty {
            reader.take(Array(rest.prefix(pieceByteCount)))
            rest = rest.dropFirst(pieceByteCount)
            do { while try reader.next() != nil {} } catch {
                #expect(error == .tooLong(limit: 16))
                refusals += 1
            }
        }
        reader.take(Array("\n{\"return\": 1}\n".utf8))

        #expect(refusals > 0)
        #expect(try reader.next() == .answer(["return": 1], isDelimited: false))
    }
}
