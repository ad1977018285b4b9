// SPDX-License-Identifier: Apache-2.0

/// What `apus agent` ends with.
package struct AgentOutcome: Equatable, Sendable {
    /// What all actions share; that of a command is its own.
    package enum ExitStatus {
        package static let success: Int32 = 0
        /// The guest did not answer, or not as asked.
        package static let failure: Int32 = 1
        /// As timeout(1) has it: the command outlived the freeze.
        package static let commandTimeout: Int32 = 124
        /// The command did not run, or what became of it is not known.
        package static let commandUnknown: Int32 = 125
        package static let commandUnusable: Int32 = 126
        package static let commandMissing: Int32 = 127
    }

    package var exitStatus: Int32 = ExitStatus.success
    package var output: [UInt8] = []
    package var errors: [UInt8] = []
    /// For standard error, behind `errors`.
    package var message: String?

    package init() {}

    init(line: String) {
        output = Array((line + "\n").utf8)
    }

    static func failed(_ error: AgentError, _ exitStatus: Int32) -> AgentOutcome {
        var outcome = AgentOutcome()
        outcome.exitStatus = exitStatus
        outcome.message = error.description
        return outcome
    }
}
