// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A host's clock on which a second passes whenever somebody looks.
package final class RunningClock: Sendable {
    private let seconds = Atomic<Int64>(1_709_214_359)

    package init() {}

    /// The seconds since 1970, one more each time.
    package func next() -> Int64 { seconds.wrappingAdd(1, ordering: .relaxed).newValue }
}
