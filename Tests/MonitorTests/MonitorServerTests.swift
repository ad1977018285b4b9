// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import QMP
import Testing

@testable import Monitor

@Suite("Monitor server")
struct MonitorServerTests {
    @Test("greets, negotiates and obeys")
    func obey() throws {
        let bench = try Bench()
        let client = try bench.connect(negotiated: false)

        #expect(try client.nextWord() == "greeting")
        try client.execute("stop")
        #expect(try client.nextWord() == "CommandNotFound")
        try client.execute("qmp_capabilities")
        #expect(try client.nextWord() == "ok")
        try client.execute("stop")
        #expect(try client.nextWord() == "STOP")
        #expect(try client.nextWord() == "ok")
        #expect(bench.machine.calls == ["stop"])
    }

    @Test("takes a command in single bytes, and several in one piece")
    func pieces() throws {
        let bench = try Bench()
        let client = try bench.connect()

        for byte in Array(#"{"execute":"query-status"}"#.utf8) { try client.send([byte]) }
        #expect(try client.nextWord() == "ok")
        try client.send(Array(#"{"execute":"stop"}{"execute":"cont"}{"execute":"system_reset"}"#.utf8))
        var words: [String] = []
        while let word = try client.nextWord() { words.append(word) }

        #expect(words == ["STOP", "ok", "RESUME", "ok", "RESET", "ok"])
    }

    @Test("tells all clients that have negotiated what one of them did")
    func broadcast() throws {
        let bench = try Bench()
        let actor = try bench.connect()
        let witness = try bench.connect()
        let stranger = try bench.connect(negotiated: false)

        try actor.execute("system_powerdown")

        #expect(try witness.nextWord() == "POWERDOWN")
        #expect(try stranger.nextWord() == "greeting")
        #expect(try stranger.nextWord() == nil)
        #expect(bench.server.clientCount == 3)
    }

    @Test("an event carries the time it is given")
    func time() throws {
        let bench = try Bench()
        let client = try bench.connect()

        bench.server.announce(.stop, at: MonitorTime(seconds: 7, microseconds: 8))

        #expect(
            try client.next() == .event(name: "STOP", data: nil, time: MonitorTime(seconds: 7, microseconds: 8)))
    }

    @Test("a client that leaves is forgotten, and the others are served")
    func leave() throws {
        let bench = try Bench()
        let rest = try bench.connect()
        do { _ = try bench.connect() }

        try rest.execute("query-status")

        #expect(try rest.nextWord() == "ok")
        #expect(bench.server.clientCount == 1)
    }

    @Test("a client that sends no more gets its answers before the end")
    func halfClosed() throws {
        let bench = try Bench()
        let client = try bench.connect(negotiated: false)

        let script = Array(#"{"execute":"qmp_capabilities"}{"execute":"query-commands"}"#.utf8)
        _ = try client.descriptor.send(script[...])
        shutdown(client.descriptor.borrowed, CInt(SHUT_WR))
        var words: [String] = []
        while let word = try client.nextWord() { words.append(word) }

        #expect(words == ["greeting", "ok", "ok"])
        #expect(client.hasEnded)
        #expect(bench.server.clientCount == 0)
    }

    @Test("a client that reads nothing is dropped once too much has piled up")
    func slow() throws {
        let bench = try Bench()
        let sleeper = try bench.connect()
        let reader = try bench.connect()

        var count = 0
        while bench.server.clientCount == 2, count < 100_000 {
            bench.server.announce(.stop)
            count += 1
            while try reader.next() != nil {}
        }

        #expect(bench.server.clientCount == 1)
        try reader.execute("query-status")
        #expect(try reader.nextWord() == "ok")
        withExtendedLifetime(sleeper) {}
    }

    @Test("a client that sends without reading is made to wait, and served in the end")
    func flood() throws {
        let bench = try Bench()
        let client = try bench.connect()
        let command = Array(#"{"execute":"query-commands"}"#.utf8)

        var accepted = 0
        while true {
            let count = try client.descriptor.send(command[...])
            if count < command.count { break }
            accepted += 1
            try bench.settle()
        }
        var answers = 0
        while try client.nextWord() == "ok" { answers += 1 }

        #expect(answers >= accepted)
        #expect(bench.server.clientCount == 1)
    }

    @Test("a client too many is turned away, and admitted when there is room")
    func limit() throws {
        let bench = try Bench()
        var clients: [Client] = []
        for _ in 0..<MonitorServer.maximumClientCount { clients.append(try bench.connect()) }

        let extra = try bench.connect(negotiated: false)
        #expect(try extra.next() == nil)
        #expect(extra.hasEnded)
        clients.removeLast()
        try bench.settle()

        #expect(try bench.connect(negotiated: false).nextWord() == "greeting")
    }

    @Test("one wake-up takes a few clients, so that a crowd does not keep the thread")
    func crowd() throws {
        let bench = try Bench()
        var clients: [Client] = []
        for _ in 0..<12 { clients.append(try bench.dial()) }

        try bench.loop.turn(timeoutMilliseconds: 0)
        #expect(bench.server.clientCount == ClientListener.clientsPerWakeUp)
        try bench.settle()

        #expect(bench.server.clientCount == 12)
    }

    @Test("closing writes what is pending and ends every connection")
    func close() throws {
        let bench = try Bench()
        let client = try bench.connect()

        try client.execute("quit")
        bench.server.close()

        #expect(try client.nextWord() == "SHUTDOWN")
        #expect(try client.nextWord() == "ok")
        #expect(try client.next() == nil)
        #expect(client.hasEnded)
    }
}
