// SPDX-License-Identifier: Apache-2.0

/// Who reads a configuration, which decides how it has to name the host's resources.
package enum ConfigurationAudience: Equatable, Sendable {
    /// The launcher, which opens what the configuration names: every resource is a path.
    case launcher
    /// The machine's process, which opens nothing: every resource is a descriptor.
    case machine
}
