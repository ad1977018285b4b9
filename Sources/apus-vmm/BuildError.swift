// SPDX-License-Identifier: Apache-2.0

/// What could not be used, and why.
struct BuildError: Error, CustomStringConvertible {
    let object: String
    let reason: String

    init(_ object: String, _ reason: String) {
        self.object = object
        self.reason = reason
    }

    var description: String { "\(object): \(reason)" }
}
