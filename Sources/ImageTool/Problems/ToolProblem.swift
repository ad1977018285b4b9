// SPDX-License-Identifier: Apache-2.0

/// Why a command could not do what was asked: what it is about, what was found, and what helps.
package struct ToolProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path, option or argument that it is about; `nil` for the command line as a whole.
    package let object: String?
    package let found: String
    package let remedy: String?
    /// The command's exit status; 1 unless the command has a meaning of its own for it.
    package var exitStatus: Int32

    package init(_ object: String?, found: String, remedy: String? = nil, exitStatus: Int32 = 1) {
        self.object = object
        self.found = found
        self.remedy = remedy
        self.exitStatus = exitStatus
    }

    package var description: String {
        HumanText.printable((object.map { "\($0): " } ?? "") + found + (remedy.map { "; \($0)" } ?? ""))
    }

    /// The same with the exit status that a command has for it.
    package func exiting(_ status: Int32) -> ToolProblem {
        ToolProblem(object, found: found, remedy: remedy, exitStatus: status)
    }
}
