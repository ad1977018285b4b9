// SPDX-License-Identifier: Apache-2.0

/// What a PCI function says it is; none of it ever changes.
package struct PCIIdentity: Equatable, Sendable {
    package let vendor: UInt16
    package let device: UInt16
    /// Class, subclass and programming interface: 24 bits.
    package let classCode: UInt32
    package let revision: UInt8
    package let subsystemVendor: UInt16
    package let subsystem: UInt16

    /// The subsystem defaults to the one that QEMU's devices have.
    package init(
        vendor: UInt16, device: UInt16, classCode: UInt32, revision: UInt8, subsystemVendor: UInt16 = 0x1af4,
        subsystem: UInt16 = 0x1100
    ) {
        self.vendor = vendor
        self.device = device
        self.classCode = classCode
        self.revision = revision
        self.subsystemVendor = subsystemVendor
        self.subsystem = subsystem
    }
}
