// SPDX-License-Identifier: Apache-2.0

/// Where a virtio function has its registers (virtio 1.2 §4.1): the layout of QEMU's modern devices, frozen with the
/// board's version.
package enum VirtioPCILayout {
    package static let vendor: UInt16 = 0x1af4

    /// The BAR with the vectors of MSI-X.
    package static let vectorBARIndex = 1
    package static let vectorBAR = PCIBAR(byteCount: 0x1000, is64Bit: false, isPrefetchable: false)
    /// Where the table lies in it; 16 bytes for a vector.
    package static let vectorTableOffset: UInt64 = 0
    /// Where the pending bits lie in it.
    package static let pendingBitsOffset: UInt64 = 0x800
    /// The most vectors of a function.
    package static let vectorLimit = 64

    /// The BAR with the four structures; it takes 4 and 5.
    package static let registerBARIndex = 4
    package static let registerBAR = PCIBAR(byteCount: 0x4000, is64Bit: true, isPrefetchable: true)
    /// Where the common configuration lies in it.
    package static let commonOffset: UInt64 = 0
    /// Where the interrupt status lies in it.
    package static let interruptStatusOffset: UInt64 = 0x1000
    /// Where the device's own configuration lies in it.
    package static let deviceOffset: UInt64 = 0x2000
    /// Where the notification addresses lie in it; queue n is notified at `n * notifyMultiplier` from here.
    package static let notifyOffset: UInt64 = 0x3000
    /// The distance between two queues' notification addresses, in bytes.
    package static let notifyMultiplier: UInt32 = 4
    /// The room of each structure, in bytes.
    package static let structureByteCount: UInt64 = 0x1000
    /// The most queues of a function: what the notification addresses have room for.
    package static let queueLimit = 1024

    /// Where the capability for access through configuration space lies (virtio 1.2 §4.1.4.9).
    package static let accessCapabilityOffset = 0x84
    /// Where its `pci_cfg_data` lies: the machine answers accesses to these 4 bytes itself.
    package static let accessDataOffset = accessCapabilityOffset + 16

    /// The capabilities in the order of their offsets: 0x40, 0x50, 0x60, 0x70, 0x84; MSI-X follows at 0x98.
    package static let capabilities: [PCICapability] = [
        structure(1, offset: commonOffset),
        structure(3, offset: interruptStatusOffset),
        structure(4, offset: deviceOffset),
        structure(2, offset: notifyOffset, extra: notifyMultiplier),
        access,
    ]

    /// A vendor capability for a structure (virtio 1.2 §4.1.4): length, type, BAR, id, padding, offset, length.
    private static func structure(_ type: UInt8, offset: UInt64, extra: UInt32? = nil) -> PCICapability {
        var body: [UInt8] = [extra == nil ? 16 : 20, type, UInt8(registerBARIndex), 0, 0, 0]
        body.append(littleEndian: UInt32(offset))
        body.append(littleEndian: UInt32(structureByteCount))
        if let extra { body.append(littleEndian: extra) }
        return PCICapability(identifier: 0x09, body: body)
    }

    /// Access to the BARs through configuration space; the guest writes BAR, offset, length and data.
    private static var access: PCICapability {
        let body: [UInt8] = [20, 5] + [UInt8](repeating: 0, count: 16)
        let writableBits: [UInt8] = [0, 0, 0xff, 0, 0, 0] + [UInt8](repeating: 0xff, count: 12)
        return PCICapability(identifier: 0x09, body: body, writableBits: writableBits)
    }
}
