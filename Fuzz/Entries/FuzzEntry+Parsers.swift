// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import JSON
internal import MachineTesting
internal import QMP

extension FuzzEntry {
    /// Texts that come from a client, a file or a command line.
    static var parsers: [FuzzEntry] {
        [
            FuzzEntry("json", corpus: json), FuzzEntry("qmp", corpus: qmp), FuzzEntry("qmp-client", corpus: qmpClient),
            FuzzEntry("configuration", corpus: configuration), FuzzEntry("options", corpus: options),
        ]
    }

    /// The pieces in which a stream arrives must not matter, and what is written reads back as the same.
    private static func json(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let bytes = corpus.damaged(&random)
        let whole = JSONStream.read([bytes])
        let pieces = JSONStream.read(split(bytes, &random))
        try Finding.check(whole == pieces, "a stream in pieces is read as \(pieces), and in one piece as \(whole)")
        for case .value(let value) in whole {
            let written = try JSONValue(parsing: value.bytes())
            try Finding.check(written == value, "\(value) is read back as \(written)")
        }
    }

    private static func qmp(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let machine = MonitorDouble()
        let session = MonitorSession(machine: machine, version: MonitorVersion(package: "fuzz"))
        machine.sessions = [session]
        if !random.once(in: 4) { session.receive(Array(#"{"execute": "qmp_capabilities"}"#.utf8)) }
        var replies: [UInt8] = []
        for piece in split(corpus.damaged(&random), &random) where !session.isBroken {
            session.receive(piece)
            let count = random.once(in: 8) ? random.below(session.pendingOutput.count + 1) : session.pendingOutput.count
            replies += session.pendingOutput.prefix(count)
            session.didWrite(count)
            let limit = MonitorSession.maximumOutputByteCount + MonitorSession.maximumMessageByteCount
            try Finding.check(session.pendingOutput.count <= limit, "\(session.pendingOutput.count) bytes are pending")
        }
        for event in JSONStream.read([replies]) {
            if case .mistake(let error) = event, error.reason != .unexpectedEnd {
                throw Finding("a reply is no JSON: \(error)")
            }
        }
    }

    private static func qmpClient(_ corpus: Corpus, _ random: inout SplitMix) throws {
        var client = MonitorClient(maximumMessageByteCount: 64 << 10)
        for piece in split(corpus.damaged(&random), &random) {
            do throws(MonitorClientError) { _ = try client.receive(piece) } catch { _ = "\(error)" }
        }
    }

    /// What is read and written again reads as the same; every refusal can be said.
    private static func configuration(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let audience: ConfigurationAudience = random.once(in: 2) ? .launcher : .machine
        do throws(ConfigurationErrors) {
            let machine = try MachineConfiguration(document: corpus.damaged(&random), for: audience)
            let again: MachineConfiguration
            do throws(ConfigurationErrors) { again = try MachineConfiguration(json: machine.json) } catch {
                throw ConfigurationErrors(error.errors + machine.problems(for: audience))
            }
            precondition(again == machine, "writing and reading are inverse")
        } catch {
            for mistake in error.errors where "\(mistake)".isEmpty { throw Finding("a mistake has no words") }
        }
    }

    private static func options(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let text = String(decoding: corpus.damaged(&random), as: UTF8.self)
        do throws(ConfigurationError) {
            switch random.below(10) {
            case 0: _ = try ProcessorConfiguration(option: text)
            case 1: _ = try MemoryConfiguration(option: text)
            case 2: _ = try DiskConfiguration(option: text)
            case 3: _ = try NetworkConfiguration(option: text)
            case 4: _ = try ConsoleConfiguration(option: text)
            case 5: _ = try ShareConfiguration(option: text)
            case 6: _ = try FirmwareConfiguration(option: text)
            case 7: _ = try BalloonConfiguration(option: text)
            case 8: _ = try FileSystemConfiguration(option: text)
            default: _ = try ChannelConfiguration(option: text)
            }
        } catch {
            try Finding.check(!"\(error)".isEmpty, "a mistake has no words")
        }
    }

    /// The bytes in pieces of random sizes.
    static func split(_ bytes: [UInt8], _ random: inout SplitMix) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = 1 + random.below(random.once(in: 2) ? 4 : 400)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
