// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import LabWire

/// The command that L1 runs, and this side of its standard streams.
struct Command {
    let identifier: pid_t
    /// Takes what the command reads; the pseudo-terminal where it has one.
    let input: CInt
    let output: CInt
    /// -1 where errors go to the pseudo-terminal.
    let errors: CInt

    init(_ job: Job) throws(AgentError) {
        let program = try Self.find(job)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var theirs: [CInt] = []
        defer { for number in theirs { close(number) } }
        if let size = job.terminal {
            let terminal = try Terminal(size)
            unsafe posix_spawn_file_actions_addopen(&actions, 0, terminal.path, O_RDWR, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
            input = terminal.master
            output = terminal.master
        } else {
            let pipes = (try Self.pipe(), try Self.pipe())
            unsafe posix_spawn_file_actions_adddup2(&actions, pipes.0.read, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, pipes.1.write, 1)
            theirs += [pipes.0.read, pipes.1.write]
            input = pipes.0.write
            output = pipes.1.read
        }
        if job.terminal != nil && job.errorsToTerminal {
            unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
            errors = -1
        } else {
            let pipe = try Self.pipe()
            unsafe posix_spawn_file_actions_adddup2(&actions, pipe.write, 2)
            theirs.append(pipe.write)
            errors = pipe.read
        }
        identifier = unsafe try Self.spawn(program, job, &actions)
        for number in [input, output, errors] where number >= 0 {
            _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        }
    }

    private static func spawn(
        _ program: String, _ job: Job, _ actions: inout posix_spawn_file_actions_t
    ) throws(AgentError) -> pid_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID is 0x80: a session of its own, so that the first terminal it opens controls it.
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | 0x80
        unsafe posix_spawnattr_setflags(&attributes, flags)
        var identifier: pid_t = 0
        var arguments = unsafe job.command.map { unsafe strdup($0) } + [nil]
        var environment = unsafe job.environment.map { unsafe strdup($0) } + [nil]
        let code = unsafe posix_spawn(&identifier, program, &actions, &attributes, &arguments, &environment)
        guard code == 0 else {
            throw AgentError("\(program): \(unsafe String(cString: strerror(code)))", status: code == ENOENT ? 127 : 126)
        }
        return identifier
    }

    /// Looks the program up in the command's own `PATH`.
    private static func find(_ job: Job) throws(AgentError) -> String {
        let name = job.command[0]
        if name.contains("/") {
            guard unsafe access(name, F_OK) == 0 else { throw AgentError("\(name): not found", status: 127) }
            return name
        }
        let path = job.environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            if unsafe access(candidate, X_OK) == 0 { return candidate }
        }
        throw AgentError("\(name): not found in PATH (\(path))", status: 127)
    }

    private static func pipe() throws(AgentError) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw AgentError.system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
