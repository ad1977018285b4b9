// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a backend cannot be used, or no longer.
package enum VhostUserError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemCallError)
    /// The other side has closed the connection.
    case closed
    /// An answer that is none to this request, or has another length.
    case malformedReply(VhostUserRequest)
    /// The backend says that it could not do it.
    case refused(VhostUserRequest, code: UInt64)
    /// The backend lacks what is needed.
    case lacks(StaticString)
    /// The guest's memory is not shared.
    case privateMemory

    package var description: String {
        switch self {
        case .system(let error) where error.code == SystemCallError.timedOut: "the backend does not answer"
        case .system(let error): "the connection to the backend failed: \(error)"
        case .closed: "the backend has closed the connection"
        case .malformedReply(let request): "the backend's answer to \(request) is malformed"
        case .refused(let request, let code): "the backend refuses \(request) with \(code)"
        case .lacks(let feature): "the backend has no \(feature)"
        case .privateMemory: "the guest's memory is not shared"
        }
    }

    package static func == (left: VhostUserError, right: VhostUserError) -> Bool {
        left.description == right.description
    }
}
