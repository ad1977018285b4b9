// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Why a command was refused: the `error` member of a reply.
package struct MonitorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The class of the error, such as `GenericError`; a client may act on it.
    package let errorClass: String
    /// The sentence for people.
    package let description: String

    /// Makes an error of any class.
    package init(errorClass: String, description: String) {
        self.errorClass = errorClass
        self.description = description
    }

    /// Any error that has no class of its own.
    package static func generic(_ description: String) -> MonitorError {
        MonitorError(errorClass: "GenericError", description: description)
    }

    /// The command does not exist, or not now.
    package static func commandNotFound(_ description: String) -> MonitorError {
        MonitorError(errorClass: "CommandNotFound", description: description)
    }

    /// The member of the reply.
    package var json: JSONValue {
        ["class": .string(errorClass), "desc": .string(description)]
    }
}
