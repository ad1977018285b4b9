// SPDX-License-Identifier: Apache-2.0

/// The pairs of a card, as its control queue reaches them.
///
/// `@unchecked Sendable`: `pairs` is written once, before any thread of the card has started. The pairs own the roster
/// through the control queue, so it must not own them.
final class NetworkRoster: @unchecked Sendable {
    var pairs: [NetworkPair] {
        get { members.compactMap(\.pair) }
        set { members = newValue.map(Member.init) }
    }
    private var members: [Member] = []

    private struct Member {
        weak var pair: NetworkPair?
        init(_ pair: NetworkPair) { self.pair = pair }
    }

    /// Has every pair follow the settings, and returns when all do. Called by the thread of the first pair; no other
    /// pair's thread ever waits for that one.
    func apply(_ settings: NetworkSettings) {
        for pair in pairs { pair.perform { $0.adopt(settings) } }
    }

    /// Has every pair look at the card's condition soon; waits for none. Any pair's thread.
    func conditionChanged() {
        for pair in pairs { pair.post { $0.conditionChanged() } }
    }
}
