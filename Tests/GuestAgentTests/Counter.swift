// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts calls from any thread.
final class Counter: Sendable {
    private let count = Atomic(0)

    /// The number of earlier calls.
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}
