// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import Host

/// Runs the host's programs and waits for them.
package enum Tool {
    /// Runs a program and returns what it wrote to standard output.
    ///
    /// - Parameters:
    ///   - name: Looked up in `PATH`.
    ///   - package: The package that holds it, for the error when it is missing.
    ///   - output: A file that takes standard output instead.
    ///   - whileRunning: Called about ten times per second.
    @discardableResult
    package static func run(
        _ name: String, _ arguments: [String], package: String, output: String? = nil,
        whileRunning: (() -> Void)? = nil
    ) throws(GuestKitError) -> [UInt8] {
        guard let path = Environment.program(name) else { throw .missingTool(name: name, package: package) }
        let outcome: Outcome
        do throws(SystemCallError) {
            outcome = try execute(path, arguments, output, whileRunning)
        } catch {
            throw .file(path: path, error)
        }
        guard outcome.status == 0 else {
            throw .toolFailed(
                command: ([name] + arguments).joined(separator: " "), status: outcome.status,
                output: lastLines(of: outcome.errors))
        }
        return outcome.output
    }

    private struct Outcome {
        let status: CInt
        let output: [UInt8]
        let errors: String
    }

    private static func execute(
        _ path: String, _ arguments: [String], _ output: String?, _ whileRunning: (() -> Void)?
    ) throws(SystemCallError) -> Outcome {
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let errors = try memoryFile("errors")
        let results =
            if let output {
                try Descriptor(path: output, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            } else {
                try memoryFile("output")
            }
        // Messages are matched and shown, so they come in one language.
        let environment = Environment.all.filter { !$0.hasPrefix("LC_") && !$0.hasPrefix("LANG") } + ["LC_ALL=C"]
        let child = try ChildProcess(
            path: path, arguments: arguments, environment: environment,
            descriptors: [null.borrowed, results.borrowed, errors.borrowed])
        let status = wait(for: child, whileRunning)
        let said = String(decoding: try contents(of: errors), as: UTF8.self)
        return Outcome(status: status, output: output == nil ? try contents(of: results) : [], errors: said)
    }

    private static func wait(for child: ChildProcess, _ whileRunning: (() -> Void)?) -> CInt {
        guard let whileRunning else { return child.wait() }
        while true {
            if let status = child.poll() { return status }
            whileRunning()
            usleep(100_000)
        }
    }

    /// A nameless file in memory.
    package static func memoryFile(_ name: String) throws(SystemCallError) -> Descriptor {
        let number = unsafe memfd_create(name, UInt32(MFD_CLOEXEC))
        guard number >= 0 else { throw SystemCallError(call: "memfd_create", code: errno) }
        return Descriptor(owning: number)
    }

    private static func contents(of file: borrowing Descriptor) throws(SystemCallError) -> [UInt8] {
        try file.read(at: 0, count: Int(try file.status().byteCount))
    }

    private static func lastLines(of text: String) -> String {
        text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }
}
