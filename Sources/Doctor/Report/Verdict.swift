// SPDX-License-Identifier: Apache-2.0

/// Where machines can run.
package enum Verdict: Equatable, Sendable {
    /// On this host.
    case here
    /// Only in the lab, for this reason (a clause).
    case onlyInLab(reason: String)
    /// Nowhere, for this reason (a clause).
    case nowhere(reason: String)

    /// What `apus doctor` exits with.
    package var exitStatus: Int32 {
        switch self {
        case .here: 0
        case .nowhere: 1
        case .onlyInLab: 2
        }
    }

    /// A word for programs.
    package var name: String {
        switch self {
        case .here: "here"
        case .onlyInLab: "lab"
        case .nowhere: "nowhere"
        }
    }

    /// Why not here; `nil` where machines run here.
    package var reason: String? {
        switch self {
        case .here: nil
        case .onlyInLab(let reason), .nowhere(let reason): reason
        }
    }

    /// The verdict in one sentence.
    package var sentence: String {
        switch self {
        case .here: "This host can run virtual machines."
        case .onlyInLab(let reason): "This host can run virtual machines only in the lab: \(reason)."
        case .nowhere(let reason): "This host cannot run virtual machines: \(reason)."
        }
    }
}
