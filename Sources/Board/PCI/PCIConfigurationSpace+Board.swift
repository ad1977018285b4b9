// SPDX-License-Identifier: Apache-2.0

extension PCIConfigurationSpace {
    private static let intel: UInt16 = 0x8086

    /// The host bridge of Q35 (82G33/G31/P35/P31 DRAM controller) at 00:00.0.
    ///
    /// PCIEXBAR (0x60) reads as enabled at `AddressMap.configurationSpace`, 256 buses, and cannot be moved. PAM0 to PAM6
    /// can be written: see `ShadowRegisters`.
    package static func hostBridge() -> PCIConfigurationSpace {
        var space = PCIConfigurationSpace(
            PCIIdentity(vendor: intel, device: 0x29c0, classCode: 0x060000, revision: 2))
        space.setRegister(0x60, to: AddressMap.configurationSpace.start | 1)
        for (index, bits) in ShadowRegisters.writableBits.enumerated() {
            space.setWritable(ShadowRegisters.offset + index, to: bits)
        }
        return space
    }

    /// The LPC bridge of ICH9 at 00:1f.0; the device's only function.
    ///
    /// PMBASE (0x40) reads as `FixedHardware.powerManagementPort` for I/O, and ACPI_CNTL (0x44) as enabled with the
    /// SCI on IRQ 9; neither can be changed.
    package static func lpcBridge() -> PCIConfigurationSpace {
        var space = PCIConfigurationSpace(
            PCIIdentity(vendor: intel, device: 0x2918, classCode: 0x060100, revision: 2))
        space.setRegister(0x40, to: UInt32(FixedHardware.powerManagementPort) | 1)
        space.setRegister(0x44, to: UInt8(0x80))
        return space
    }

    /// A virtio function with the BARs and capabilities of `VirtioPCILayout`, its BARs not yet placed.
    ///
    /// - Parameter vectorCount: The vectors of MSI-X, 1 to `VirtioPCILayout.vectorLimit`.
    package static func virtio(_ type: VirtioDeviceType, vectorCount: Int) -> PCIConfigurationSpace {
        precondition(1...VirtioPCILayout.vectorLimit ~= vectorCount, "the vectors fit into their BAR")
        var space = PCIConfigurationSpace(
            PCIIdentity(
                vendor: VirtioPCILayout.vendor, device: 0x1040 + type.rawValue, classCode: type.classCode, revision: 1))
        space.add(VirtioPCILayout.vectorBAR, at: VirtioPCILayout.vectorBARIndex)
        space.add(VirtioPCILayout.registerBAR, at: VirtioPCILayout.registerBARIndex)
        for capability in VirtioPCILayout.capabilities { space.add(capability) }
        space.add(
            .messageSignalledInterrupts(
                vectorCount: vectorCount, bar: UInt8(VirtioPCILayout.vectorBARIndex),
                tableOffset: UInt32(VirtioPCILayout.vectorTableOffset),
                pendingOffset: UInt32(VirtioPCILayout.pendingBitsOffset)))
        return space
    }
}
