// SPDX-License-Identifier: Apache-2.0
import Host

/// A batch that runs on a thread of its own: a lab takes one processor of the host, so that two go beside each other.
///
/// `@unchecked Sendable`: the outcome is written before the semaphore is signalled, and read after it.
final class BatchRun: @unchecked Sendable {
    private let isDone = Semaphore()
    private var outcome: Result<LabOutcome, any Error>?
    private var thread: NamedThread?

    /// Starts the lab with a batch's scenarios.
    init(of batch: Batch) {
        do {
            thread = try NamedThread(name: "batch") { [self] in
                outcome = Result { try LabOutcome(of: batch) }
                isDone.signal()
            }
        } catch {
            outcome = .failure(error)
            isDone.signal()
        }
    }

    /// Waits for its end.
    func get() throws -> LabOutcome {
        isDone.wait()
        isDone.signal()
        guard let outcome else { preconditionFailure("who signals has an outcome") }
        return try outcome.get()
    }
}
