// SPDX-License-Identifier: Apache-2.0

/// How network cards are to announce themselves (`announce-self`, `AnnounceParameters` in QEMU 7.2).
package struct MonitorAnnouncement: Equatable, Sendable {
    /// Milliseconds between the first announcement and the second; then so many more each time, up to `maximum`.
    package var initial: Int
    package var maximum: Int
    /// How often, 1 to 1000.
    package var rounds: Int
    package var step: Int
    /// The cards; `nil` for all.
    package var interfaces: [String]?

    package static let allowedDelays = 1...100_000
    package static let allowedRounds = 1...1000
    package static let allowedSteps = 0...10_000

    /// Makes a plan of announcements.
    package init(initial: Int, maximum: Int, rounds: Int, step: Int, interfaces: [String]? = nil) {
        self.initial = initial
        self.maximum = maximum
        self.rounds = rounds
        self.step = step
        self.interfaces = interfaces
    }

    /// Milliseconds to wait behind the announcement number `round`, counted from 1; `nil` behind the last.
    package func delay(after round: Int) -> Int? {
        round < rounds ? min(maximum, initial + (round - 1) * step) : nil
    }
}
