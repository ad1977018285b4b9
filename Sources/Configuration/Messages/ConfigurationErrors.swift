// SPDX-License-Identifier: Apache-2.0

/// All the mistakes that were found in a configuration, in the order of the document; never none.
package struct ConfigurationErrors: Error, Equatable, Sendable, CustomStringConvertible {
    /// The mistakes.
    package let errors: [ConfigurationError]

    /// Makes the list of these mistakes.
    package init(_ errors: [ConfigurationError]) {
        self.errors = errors
    }

    /// One line for each mistake.
    package var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}
