// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension AgentClient {
    /// How often a thaw is tried before the caller is told that the guest may be frozen still.
    private static let thawAttemptCount = 3

    /// Runs `body` while the guest's file systems are frozen: everything is written, and writers wait.
    ///
    /// They are thawed on every way out once a freeze has been asked for, one that failed or was not answered included.
    /// The thaw cannot be interrupted. `body` has to end in a time that the guest bears, which its caller sees to, and
    /// must not use this client.
    ///
    /// - Parameter body: Given the number of file systems that were frozen.
    /// - Throws: `notFrozen` where `body` did not run; `stillFrozen` where no thaw succeeded.
    package mutating func withFrozenFileSystems<Result>(
        _ body: (_ frozenCount: UInt64) throws(AgentError) -> Result
    ) throws(AgentError) -> Result {
        let request = AgentRequest("guest-fsfreeze-freeze")
        let frozenCount: UInt64
        do throws(AgentError) {
            guard let count = try execute(request).unsignedValue else {
                throw .malformed(request: request.name, found: "no number of file systems")
            }
            frozenCount = count
        } catch {
            try thawPersistently()
            throw .notFrozen(error)
        }
        let result: Result
        do throws(AgentError) {
            result = try body(frozenCount)
        } catch {
            try thawPersistently()
            throw error
        }
        try thawPersistently()
        return result
    }

    /// Thaws the guest's file systems and returns how many were frozen.
    @discardableResult
    package mutating func thaw(isInterruptible: Bool = true) throws(AgentError) -> UInt64 {
        let request = AgentRequest("guest-fsfreeze-thaw")
        guard let count = try execute(request, isInterruptible: isInterruptible).unsignedValue else {
            throw .malformed(request: request.name, found: "no number of file systems")
        }
        return count
    }

    /// Whether file systems of the guest are frozen.
    package mutating func isFrozen() throws(AgentError) -> Bool {
        let request = AgentRequest("guest-fsfreeze-status")
        switch try execute(request).text {
        case "frozen": return true
        case "thawed": return false
        default: throw .malformed(request: request.name, found: "neither frozen nor thawed")
        }
    }

    private mutating func thawPersistently() throws(AgentError) {
        var attempt = 1
        while true {
            do throws(AgentError) {
                try thaw(isInterruptible: false)
                return
            } catch {
                if attempt == Self.thawAttemptCount || error == .disconnected { throw .stillFrozen(error) }
                attempt += 1
            }
        }
    }
}
