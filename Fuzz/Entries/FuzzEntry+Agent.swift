// SPDX-License-Identifier: Apache-2.0
internal import GuestAgent
internal import JSON
internal import MachineTesting

extension FuzzEntry {
    /// What a guest's agent sends.
    static var agents: [FuzzEntry] {
        [FuzzEntry("guest-agent", corpus: agent)]
    }

    /// The pieces in which a stream arrives must not matter, a limit on lines must hold, and no answer traps.
    private static func agent(_ corpus: Corpus, _ random: inout SplitMix) throws {
        let bytes = corpus.damaged(&random)
        let whole = answers([bytes], limit: 1 << 20)
        let pieces = split(bytes, &random)
        try Finding.check(whole.items == answers(pieces, limit: 1 << 20).items, "a stream in pieces is read otherwise")
        let limit = 1 + random.below(64)
        let bounded = answers(pieces, limit: limit)
        try Finding.check(bounded.items.count <= bytes.count, "\(bounded.items.count) items in \(bytes.count) bytes")
        for case .answer(let answer, _) in whole.items {
            do throws(AgentError) {
                let result = try AgentRequest("guest-exec-status").result(of: answer)
                _ = CommandStatus(result)
                _ = NetworkInterface.list(of: result)
                _ = GuestDescription(agent: result, hostName: result, system: result).rows
            } catch {
                try Finding.check(!"\(error)".isEmpty, "a refusal has no words")
            }
        }
    }

    private static func answers(_ pieces: [[UInt8]], limit: Int) -> (items: [AgentReader.Item], refusals: Int) {
        var reader = AgentReader(maximumByteCount: limit)
        var items: [AgentReader.Item] = []
        var refusals = 0
        for piece in pieces {
            reader.take(piece)
            while true {
                do throws(AgentError) {
                    guard let item = try reader.next() else { break }
                    items.append(item)
                } catch {
                    refusals += 1
                }
            }
        }
        return (items, refusals)
    }
}
