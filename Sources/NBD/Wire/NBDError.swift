// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a connection cannot go on.
package enum NBDError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The peer broke the protocol.
    case violation(String)
    /// The peer has closed the connection in the middle of something.
    case closed
    /// The peer refused what is needed; its words.
    case refused(String)
    /// TLS could not be set up or broke.
    case security(String)
    case system(SystemCallError)

    package var description: String {
        switch self {
        case .violation(let sentence): "the other side broke the NBD protocol: \(sentence)"
        case .closed: "the other side closed the connection"
        case .refused(let sentence): "the other side refused: \(sentence)"
        case .security(let sentence): "TLS: \(sentence)"
        case .system(let error): "\(error)"
        }
    }
}
