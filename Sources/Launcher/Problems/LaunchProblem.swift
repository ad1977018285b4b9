// SPDX-License-Identifier: Apache-2.0
package import Configuration
internal import Host

/// One thing that keeps a machine from being started: what it is about, what was found, and what to do.
package struct LaunchProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is about: a path, an interface, an option, or a place in the configuration.
    package let object: String
    /// What was found, as a clause.
    package let found: String
    /// What to do, as a clause.
    package let remedy: String
    /// What the program exits with because of it.
    package let exitCode: ExitCode

    package init(_ object: String, found: String, remedy: String, exitCode: ExitCode) {
        self.object = object
        self.found = found
        self.remedy = remedy
        self.exitCode = exitCode
    }

    /// The problem in one line, without a full stop.
    package var description: String { "\(object): \(found); \(remedy)" }
}

extension LaunchProblem {
    /// A mistake in the options or in the configuration file.
    init(_ error: ConfigurationError, exitCode: ExitCode) {
        self.init(error.object, found: error.found, remedy: error.remedy, exitCode: exitCode)
    }

    /// A system call that failed for no reason that a user can do anything about.
    init(internal error: SystemCallError) {
        self.init(
            "apus run", found: "\(error)", remedy: "this is a failure of Apus or of the host", exitCode: .internalError)
    }
}
