// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A host's clock on which a second passes whenever somebody looks.
final class RunningClock: Sendable {
    private let seconds = Atomic<Int64>(1_709_214_359)

    func next() -> Int64 { seconds.wrappingAdd(1, ordering: .relaxed).newValue }
}
