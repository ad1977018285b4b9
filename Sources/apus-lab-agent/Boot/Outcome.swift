// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What became of the modules that load beside the rest of the start.
final class Outcome: Sendable {
    private let failure = Mutex<AgentError?>(nil)

    func fail(_ error: AgentError) {
        failure.withLock { $0 = error }
    }

    func check() throws(AgentError) {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
