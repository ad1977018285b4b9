// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// The rest of the program in a process of its own, whose start the first one awaits (`--fork`).
final class Background {
    private let report: Descriptor

    /// Returns in the new process alone. The first one ends with 0 once `finishStart` was called, and otherwise as the
    /// new one does. To be called before there are threads.
    init() throws(ToolProblem) {
        var ends: [CInt] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw ToolProblem("--fork", SystemCallError(call: "pipe", code: errno)) }
        let outcome = Descriptor(owning: ends[0])
        report = Descriptor(owning: ends[1])
        let child = cmachine_fork()
        guard child >= 0 else { throw ToolProblem("--fork", SystemCallError(call: "fork", code: errno)) }
        guard child > 0 else {
            setsid()
            return
        }
        // The child's copy alone must keep the pipe open; this one's owner never comes to its end.
        _ = Glibc.close(report.borrowed)
        if let bytes = try? outcome.read(upTo: 1), bytes == [1] { Glibc._exit(0) }
        var status: CInt = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        Glibc._exit(status & 0x7F == 0 ? status >> 8 & 0xFF : 1)
    }

    /// Lets the first process end, and the terminal go.
    func finishStart(keepsErrors: Bool) {
        if let null = try? Descriptor(path: "/dev/null", flags: O_RDWR) {
            dup2(null.borrowed, STDIN_FILENO)
            dup2(null.borrowed, STDOUT_FILENO)
            if !keepsErrors { dup2(null.borrowed, STDERR_FILENO) }
        }
        _ = try? report.writeAll([1])
    }
}
