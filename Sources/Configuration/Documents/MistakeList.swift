// SPDX-License-Identifier: Apache-2.0

/// The mistakes found so far while a document is read; shared by all who read parts of it.
final class MistakeList {
    private(set) var errors: [ConfigurationError] = []

    func report(_ kind: ConfigurationError.Kind, _ object: String, found: String, remedy: String) {
        errors.append(ConfigurationError(kind, object, found: found, remedy: remedy))
    }
}
