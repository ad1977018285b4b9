// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Why the agent could not set the lab up or start the command.
struct AgentError: Error, CustomStringConvertible {
    /// 125 for the lab itself, 126 and 127 as a shell has them for the command.
    let status: UInt8
    let description: String

    init(_ description: String, status: UInt8 = 125) {
        self.status = status
        self.description = description
    }

    /// The error of a C call that has just set `errno`.
    static func system(_ what: String) -> AgentError {
        let code = errno
        return AgentError("\(what): \(unsafe String(cString: strerror(code)))")
    }
}
