// SPDX-License-Identifier: Apache-2.0

/// One mistake in a configuration: where it is, what was found there, and what to do.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of mistake it is.
    package enum Kind: String, Equatable, Sendable {
        /// The text is not JSON, or an option cannot be taken apart.
        case syntax
        /// Something that has to be said is not there.
        case missing
        /// A key that does not exist.
        case unknownKey
        /// A value of another type than the key takes.
        case wrongType
        /// A value of the right type that says nothing known.
        case invalidValue
        /// A number, or a length, outside of what is allowed.
        case outOfRange
        /// Something that must be there once, twice.
        case duplicate
        /// Values that are right alone and wrong together.
        case conflict
        /// A path where only descriptors are taken, or the other way round.
        case wrongAudience
    }

    /// What kind of mistake it is.
    package let kind: Kind
    /// Where it is: a path into the document such as `disks[1].format`, or an option such as `--disk`.
    package let object: String
    /// What was found, as a clause.
    package let found: String
    /// What to do, as a clause.
    package let remedy: String

    /// Makes an error out of its parts.
    package init(_ kind: Kind, _ object: String, found: String, remedy: String) {
        self.kind = kind
        self.object = object
        self.found = found
        self.remedy = remedy
    }

    /// The mistake in one line, without a full stop.
    package var description: String {
        "\(object): \(found); \(remedy)"
    }
}
