// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import JSON

/// One use of `apus agent`.
package struct AgentCall: Sendable {
    package let socket: String
    package let action: AgentAction
    /// For `exec` in the guest, for `freeze` on the host; else empty.
    package let command: [String]
    /// How long each answer may take, and how long the guest stays frozen.
    package let timeoutSeconds: Int
    package let writesJSON: Bool

    package init(
        socket: String, action: AgentAction, command: [String] = [], timeoutSeconds: Int, writesJSON: Bool = false
    ) {
        self.socket = socket
        self.action = action
        self.command = command
        self.timeoutSeconds = timeoutSeconds
        self.writesJSON = writesJSON
    }

    /// Does it. To be called on the main thread of a process that has no other.
    package func perform() -> AgentOutcome {
        do throws(AgentError) {
            return try action == .freeze ? freeze() : ask()
        } catch {
            return .failed(
                error,
                action.takesCommand ? AgentOutcome.ExitStatus.commandUnknown : AgentOutcome.ExitStatus.failure)
        }
    }

    private func ask() throws(AgentError) -> AgentOutcome {
        var client = try AgentClient(path: socket, timeoutSeconds: timeoutSeconds)
        switch action {
        case .ping:
            try client.ping()
            return AgentOutcome(line: writesJSON ? "{\"alive\": true}" : "the agent answers")
        case .info:
            let description = try client.describe()
            return AgentOutcome(
                line: writesJSON ? description.document.serialized() : Table.text(description.rows.map { [$0, $1] }))
        case .network:
            let (list, answer) = try client.networkInterfaces()
            return AgentOutcome(line: writesJSON ? answer.serialized() : Self.table(list))
        case .thaw:
            let count = try client.thaw()
            return AgentOutcome(line: writesJSON ? "{\"thawed\": \(count)}" : "file systems thawed: \(count)")
        case .status:
            let state = try client.isFrozen() ? "frozen" : "thawed"
            return AgentOutcome(line: writesJSON ? "{\"fileSystems\": \"\(state)\"}" : state)
        case .exec: return outcome(of: try client.run(command))
        case .freeze: preconditionFailure("a freeze has its own way")
        }
    }

    private static func table(_ list: [NetworkInterface]) -> String {
        var rows = [["NAME", "MAC", "ADDRESSES"]]
        for interface in list {
            let addresses = interface.addresses.isEmpty ? "none" : interface.addresses.joined(separator: " ")
            rows.append([interface.name, interface.hardwareAddress ?? "none", addresses])
        }
        return Table.text(rows)
    }

    private func outcome(of status: CommandStatus) -> AgentOutcome {
        var outcome = AgentOutcome()
        outcome.exitStatus = status.exitStatus ?? AgentOutcome.ExitStatus.commandUnknown
        if writesJSON {
            let document: JSONValue = [
                "exitStatus": JSONValue(outcome.exitStatus), "truncated": .bool(status.isTruncated),
                "output": .string(String(decoding: status.output, as: UTF8.self)),
                "errors": .string(String(decoding: status.errors, as: UTF8.self)),
            ]
            outcome.output = document.bytes() + [0x0A]
            return outcome
        }
        outcome.output = status.output
        outcome.errors = status.errors
        if status.isTruncated { outcome.message = "the command wrote more than the agent keeps: some of it is lost" }
        return outcome
    }

    /// Runs the command on this host while the guest's file systems are frozen.
    private func freeze() throws(AgentError) -> AgentOutcome {
        guard let program = FrozenCommand.find(command[0]) else {
            var outcome = AgentOutcome()
            outcome.exitStatus = AgentOutcome.ExitStatus.commandMissing
            outcome.message = "\(command[0]): not found in PATH; nothing was frozen"
            return outcome
        }
        let frozen = try FrozenCommand(program, Array(command.dropFirst()))
        var client = try AgentClient(
            path: socket, timeoutSeconds: timeoutSeconds, interruption: frozen.signalDescriptor)
        let limit = timeoutSeconds
        return try client.withFrozenFileSystems { (_) throws(AgentError) in
            frozen.run(limitSeconds: limit)
        }
    }
}
