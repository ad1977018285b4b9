// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a vCPU cannot go on.
package enum ProcessorFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case tripleFault
    case systemEvent(UInt32)
    case entryFailure(UInt64)
    case internalError(UInt32)
    case unknownExit(UInt32)
    case system(SystemCallError)

    package var description: String {
        switch self {
        case .tripleFault: "triple fault: a fault while the processor handled a double fault"
        case .systemEvent(let type): "KVM reported system event \(type)"
        case .entryFailure(let reason): "the processor refused to enter the guest, hardware reason \(reason)"
        case .internalError(let suberror): "KVM met an internal error, suberror \(suberror)"
        case .unknownExit(let reason): "KVM returned for a reason that is not known, \(reason)"
        case .system(let error): "\(error)"
        }
    }
}
