// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import Host

/// A program that runs for as long as this process's thread that started it, at most.
///
/// It must be started from a thread that lives as long as the child shall: the kernel ends the child with it.
package struct ChildProcess: Sendable {
    package let identifier: Int32

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - descriptors: Element `i` becomes descriptor `i` of the child; all others are closed.
    ///   - ownSession: Whether it leaves this process's session, out of reach of the terminal's signals.
    ///   - oneProcessor: Whether all its threads stay on the processor that it starts on.
    package init(
        path: String, arguments: [String], environment: [String], descriptors: [CInt], ownSession: Bool = false,
        oneProcessor: Bool = false
    ) throws(SystemCallError) {
        // Passing descriptors parks them above 600 and one above 1024 for an instant; the usual soft limit is 1024.
        DescriptorLimit.raise(to: 4096)
        let result = unsafe Self.withCStrings([path] + arguments) { argv in
            unsafe Self.withCStrings(environment) { envp in
                unsafe descriptors.withUnsafeBufferPointer { keep in
                    unsafe cmachine_spawn(
                        path, argv, envp, keep.baseAddress, CInt(descriptors.count), ownSession ? 1 : 0,
                        oneProcessor ? 1 : 0)
                }
            }
        }
        guard result > 0 else { throw SystemCallError(call: "exec(\(path))", code: CInt(truncatingIfNeeded: -result)) }
        identifier = pid_t(result)
    }

    /// Waits for its end and returns its exit status, 128 and the signal's number where a signal ended it.
    package func wait() -> CInt {
        var status: CInt = 0
        while unsafe waitpid(identifier, &status, 0) < 0 {
            if errno != EINTR { return 255 }
        }
        return Self.exitCode(ofStatus: status)
    }

    /// Its exit status if it has ended.
    package func poll() -> CInt? {
        var status: CInt = 0
        guard unsafe waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        return Self.exitCode(ofStatus: status)
    }

    /// Whether it has ended; it stays to be waited for.
    package var hasEnded: Bool {
        var information = unsafe siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        guard unsafe waitid(P_PID, id_t(identifier), &information, options) == 0 else { return true }
        return unsafe information.si_signo == SIGCHLD
    }

    package func kill() {
        _ = Glibc.kill(identifier, SIGKILL)
    }

    /// What a shell calls the status that waitpid(2) gave.
    package static func exitCode(ofStatus status: CInt) -> CInt {
        status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    /// Lends a null-terminated array of C strings for one call.
    private static func withCStrings(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int
    ) -> Int {
        var pointers = unsafe strings.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeBufferPointer { buffer in unsafe body(buffer.baseAddress) }
    }
}
