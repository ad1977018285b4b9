// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Glibc
internal import GuestAgent

/// `apus agent`: talks to the agent in a guest.
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Ask the agent in a guest: addresses, consistent copies, commands.",
        discussion: """
            Talks to qemu-guest-agent in a guest whose machine has a channel for it:
              apus run --channel name=org.qemu.guest_agent.0,socket=agent.sock ...

            ACTION is one of
              ping      whether the agent answers
              info      the agent's version, the guest's name and system
              network   the guest's network cards and their addresses
              status    whether the guest's file systems are frozen
              freeze    freezes the guest's file systems, runs COMMAND on this
                        host, and thaws them: what COMMAND copies of the disks
                        is consistent. They are thawed however COMMAND ends,
                        after --timeout at the latest, when COMMAND is killed
              thaw      thaws the guest's file systems, should somebody else
                        have left them frozen
              exec      runs COMMAND in the guest, and gives its output and
                        exit status

            The exit status is 0, or 1 where the guest did not answer or refused. With a COMMAND it is the command's, \
            124 where the time-out ended it, 125 where the guest did not answer or refused, and 126 or 127 where \
            COMMAND cannot be run or was not found on this host.

            Examples:
              apus agent agent.sock ping --timeout 60
              apus agent agent.sock network
              apus agent agent.sock info --json
              apus agent agent.sock freeze -- cp --reflink debian.img copy.img
              apus agent agent.sock exec -- systemctl is-system-running
            """)

    @Argument(help: ArgumentHelp("The socket of the machine's channel.", valueName: "socket"))
    var socket: String

    @Argument(help: ArgumentHelp("What to ask.", valueName: "action"))
    var action: AgentAction

    @Option(help: ArgumentHelp("How long each answer may take, and a freeze.", valueName: "seconds"))
    var timeout = 10

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The command and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600 seconds") }
        if action.takesCommand, command.isEmpty {
            throw ValidationError("\(action.rawValue) needs a command: \(action.rawValue) -- COMMAND...")
        }
        if !action.takesCommand, !command.isEmpty {
            throw ValidationError("\(action.rawValue) takes no command")
        }
        if action == .freeze, json { throw ValidationError("freeze prints nothing of its own; leave out --json") }
    }

    func run() throws {
        let call = AgentCall(
            socket: socket, action: action, command: command, timeoutSeconds: timeout, writesJSON: json)
        let outcome = call.perform()
        Self.write(outcome.output, to: STDOUT_FILENO)
        Self.write(outcome.errors, to: STDERR_FILENO)
        if let message = outcome.message { Self.write(Array("apus: agent: \(message)\n".utf8), to: STDERR_FILENO) }
        if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

extension AgentAction: ExpressibleByArgument {}
