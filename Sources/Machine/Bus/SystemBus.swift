// SPDX-License-Identifier: Apache-2.0
internal import Board
package import Host

/// Everything the guest can reach besides its RAM. One lock orders all accesses; the data path takes it never.
///
/// `@unchecked Sendable`: every access to what is mutable holds `lock`.
package final class SystemBus: @unchecked Sendable {
    package let lock = Lock()
    package let pci = PCIBus()
    package var ports = AddressBus()
    /// What is at fixed addresses of memory.
    package var memory = AddressBus()
    private let enhanced: EnhancedConfiguration

    package init() {
        enhanced = EnhancedConfiguration(bus: pci)
    }

    /// Answers a port read; all ones where nothing is.
    package func readPort(_ port: UInt16, width: AccessWidth) -> UInt64 {
        lock.holding { ports.read(at: UInt64(port), width: width) ?? width.allOnes }
    }

    package func writePort(_ value: UInt64, _ port: UInt16, width: AccessWidth) {
        lock.holding { _ = ports.write(value, at: UInt64(port), width: width) }
    }

    /// Answers a read of an address without memory; all ones where nothing is, or for an odd size.
    package func readMemory(at address: UInt64, byteCount: Int) -> UInt64 {
        guard let width = AccessWidth(rawValue: UInt8(truncatingIfNeeded: byteCount)) else { return .max }
        return lock.holding {
            let space = AddressMap.configurationSpace
            if address >= space.start, address - space.start < space.byteCount {
                return enhanced.read(at: address - space.start, width: width)
            }
            return memory.read(at: address, width: width) ?? pci.readMemory(at: address, width: width)
        }
    }

    package func writeMemory(_ value: UInt64, at address: UInt64, byteCount: Int) {
        guard let width = AccessWidth(rawValue: UInt8(truncatingIfNeeded: byteCount)) else { return }
        lock.holding {
            let space = AddressMap.configurationSpace
            if address >= space.start, address - space.start < space.byteCount {
                enhanced.write(value, at: address - space.start, width: width)
            } else if !memory.write(value, at: address, width: width) {
                pci.writeMemory(value, at: address, width: width)
            }
        }
    }
}
