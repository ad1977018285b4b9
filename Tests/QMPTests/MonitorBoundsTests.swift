// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import QMP

@Suite("Bounds of a monitor session")
struct MonitorBoundsTests {
    static let command = Array(#"{"execute": "query-commands"}"#.utf8)

    @Test("commands wait while the client does not read, and all are answered in the end")
    func backPressure() {
        let conversation = Conversation()
        let session = conversation.session
        let rounds = MonitorSession.maximumInputByteCount / Self.command.count

        session.receive(Array(repeatElement(Self.command, count: rounds).joined()))

        #expect(!session.wantsInput)
        #expect(session.pendingOutput.count < MonitorSession.outputThreshold + 4096)
        #expect(conversation.read().count == rounds)
        #expect(session.wantsInput)
    }

    @Test("a client that lets events pile up is dropped")
    func events() {
        let session = Conversation().session
        for _ in 0..<10_000 where !session.isBroken {
            session.send(.stop, at: MonitorTime(seconds: 0, microseconds: 0))
            #expect(session.pendingOutput.count <= MonitorSession.maximumOutputByteCount)
        }

        #expect(session.isBroken)
        #expect(session.pendingOutput.isEmpty)
        session.receive(Self.command)
        #expect(session.pendingOutput.isEmpty)
        #expect(!session.wantsInput)
    }

    @Test("more input than may wait drops the client")
    func input() {
        let session = Conversation().session
        let large = Array(repeatElement(Self.command, count: 6000).joined())

        session.receive(large)

        #expect(session.isBroken)
    }

    @Test("a message that is too large is one error, and the next is answered")
    func largeMessage() {
        let conversation = Conversation()
        let blank = String(repeating: "x", count: MonitorSession.maximumMessageByteCount)

        let lines = conversation.say("{\"execute\": \"\(blank)\"}{\"execute\": \"cont\"}")

        #expect(lines.count == 2)
        #expect(lines.first?.contains("the value has more than 65536 bytes") == true)
        #expect(lines.last == #"{"return": {}}"#)
    }

    @Test("an identifier of any kind comes back without growing beyond bounds")
    func largeIdentifier() {
        let session = Conversation().session
        let numbers = Array(repeating: "1e9", count: 16_000).joined(separator: ",")

        session.receive(Array("{\"execute\": \"cont\", \"id\": [\(numbers)]}".utf8))

        #expect(!session.isBroken)
        #expect(session.pendingOutput.count < 5 * MonitorSession.maximumMessageByteCount)
    }

    @Test("random bytes among commands never harm, and a good command is answered", arguments: 0..<40)
    func mutations(round: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        let conversation = Conversation()
        var bytes = Array(repeatElement(Self.command, count: 4).joined())
        for _ in 0..<6 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
        }

        conversation.session.receive(bytes)
        for line in conversation.read() {
            #expect(throws: Never.self, "seed \(seed)") { _ = try JSONValue(parsing: Array(line.utf8)) }
        }
        // 0xFF ends whatever the bytes have left open.
        let lines =
            conversation.say("\u{0}")
            + {
                conversation.session.receive([0xFF]); return conversation.read()
            }()
        #expect(lines.allSatisfy { $0.contains("error") }, "seed \(seed)")
        #expect(conversation.say(#"{"execute": "query-name"}"#) == [#"{"return": {"name": "web"}}"#], "seed \(seed)")
    }
}
