// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The time in which a request waits for a connection in the place of one that broke.
struct Outage {
    private let patienceMilliseconds: Int64
    private var deadline: Int64?
    private var attemptCount = 0
    private var hasEnded = false
    /// A server that breaks every connection at once is not asked for ever, whatever time is left.
    private static let maximumAttempts = 16

    init(patienceMilliseconds: Int64) { self.patienceMilliseconds = patienceMilliseconds }

    /// Another connection is asked for; returns by when it must be there.
    mutating func begin() -> Int64 {
        attemptCount += 1
        return start()
    }

    /// There will be none.
    mutating func end() { hasEnded = true }

    /// Whether another connection may be asked for, after one has broken.
    var admitsAnother: Bool {
        mutating get {
            guard patienceMilliseconds > 0, !hasEnded, attemptCount < Self.maximumAttempts else { return false }
            return Descriptor.monotonicMilliseconds < start()
        }
    }

    private mutating func start() -> Int64 {
        let result = deadline ?? Descriptor.monotonicMilliseconds + patienceMilliseconds
        deadline = result
        return result
    }
}
