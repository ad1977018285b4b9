// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why the host's KVM cannot be used.
package enum KVMError: Error, Equatable, Sendable, CustomStringConvertible {
    case version(Int)
    case missing(capability: String)
    case system(SystemCallError)

    package var description: String {
        switch self {
        case .version(let found): "/dev/kvm speaks API version \(found); version 12 is needed (Linux 2.6.22 or later)"
        case .missing(let capability): "/dev/kvm lacks \(capability); a newer kernel is needed"
        case .system(let error): "/dev/kvm: \(error)"
        }
    }
}
