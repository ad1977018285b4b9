// SPDX-License-Identifier: Apache-2.0

/// What `apus agent` can ask of a guest.
package enum AgentAction: String, CaseIterable, Sendable {
    case ping, info, network, freeze, thaw, status, exec

    /// Whether a command follows.
    package var takesCommand: Bool { self == .freeze || self == .exec }
}
