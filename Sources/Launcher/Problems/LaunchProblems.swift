// SPDX-License-Identifier: Apache-2.0
package import Configuration

/// All that keeps a machine from being started, in the order in which it was found; never nothing.
package struct LaunchProblems: Error, Equatable, Sendable, CustomStringConvertible {
    /// The problems.
    package let problems: [LaunchProblem]

    package init(_ problems: [LaunchProblem]) {
        self.problems = problems
    }

    init(_ errors: ConfigurationErrors, exitCode: ExitCode) {
        problems = errors.errors.map { LaunchProblem($0, exitCode: exitCode) }
    }

    /// What the program exits with: the first problem decides.
    package var exitCode: ExitCode { problems.first?.exitCode ?? .internalError }

    /// `exitCode` as a program's status.
    package var exitStatus: Int32 { exitCode.rawValue }

    /// One line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
