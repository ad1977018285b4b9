// SPDX-License-Identifier: Apache-2.0
package import Board
package import Host

/// Why a machine could not be built or started.
package enum MachineError: Error, Sendable, CustomStringConvertible {
    case kvm(KVMError)
    case kernel(KernelImageError)
    case initrd(String)
    case firmware(String)
    case memory(AddressMapError)
    case processors(ProcessorTopologyError)
    case noSlot(devices: Int)
    /// More interrupt vectors than KVM routes.
    case vectors(needed: Int, limit: Int)
    case barSpace(BARAllocationError)
    case system(SystemCallError)

    package var description: String {
        switch self {
        case .kvm(let error): "\(error)"
        case .kernel(let error): "kernel: \(error)"
        case .initrd(let reason): "initrd: \(reason)"
        case .firmware(let reason): "firmware: \(reason)"
        case .memory(let error): "memory: \(error)"
        case .processors(let error): "processors: \(error)"
        case .noSlot(let devices): "\(devices) devices do not fit on the bus; it has 30 free slots"
        case .vectors(let needed, let limit):
            "the devices have \(needed) interrupt vectors, and this host's KVM routes \(limit); use fewer disks or fewer queues"
        case .barSpace(let error): "\(error)"
        case .system(let error): "\(error)"
        }
    }
}
