// SPDX-License-Identifier: Apache-2.0

/// Why a guest's agent could not be asked, or what it answered instead.
package enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The socket cannot be connected to.
    case connection(path: String, reason: String)
    /// Nothing came in time; `request` is what was asked.
    case noAnswer(request: String, seconds: Int)
    /// The other side of the socket has gone.
    case disconnected
    case io(String)
    /// The agent answered with an error; `reason` is its text, made printable.
    case refused(request: String, reason: String)
    /// The answer is not what the protocol has there.
    case malformed(request: String, found: String)
    /// More bytes than any answer has.
    case tooLong(limit: Int)
    /// The caller's descriptor became readable.
    case interrupted
    /// The file systems may still be frozen, after `reason`.
    indirect case stillFrozen(AgentError)
    /// The file systems were thawed again, after `reason`.
    indirect case notFrozen(AgentError)

    package var description: String {
        switch self {
        case .connection(let path, let reason):
            "\(path): \(reason); give the socket of a running machine's channel org.qemu.guest_agent.0"
        case .noAnswer(let request, let seconds):
            "the guest did not answer \(request) within \(seconds) s: qemu-guest-agent is not running in it, another "
                + "client has the socket, or the guest is busy; try again with a longer --timeout"
        case .disconnected: "the machine closed the socket: it has ended, or does not serve this socket"
        case .io(let reason): "the socket failed: \(reason)"
        case .refused(let request, let reason): "the guest's agent refused \(request): \(reason)"
        case .malformed(let request, let found): "the guest answered \(request) with nonsense: \(found)"
        case .tooLong(let limit): "the guest sent more than \(limit) bytes in one answer"
        case .interrupted: "interrupted"
        case .stillFrozen(let reason):
            "THE GUEST'S FILE SYSTEMS MAY BE FROZEN STILL: \(reason); thaw them with apus agent SOCKET thaw, or in the "
                + "guest with fsfreeze -u"
        case .notFrozen(let reason): "\(reason); nothing is frozen"
        }
    }
}
