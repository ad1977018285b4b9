// SPDX-License-Identifier: Apache-2.0

/// A capability of a PCI function (PCI 3.0 §6.7).
package struct PCICapability: Equatable, Sendable {
    /// Its number: 0x09 for a vendor's own, 0x11 for MSI-X.
    package let identifier: UInt8
    /// What follows the number and the pointer to the next one.
    package let body: [UInt8]
    /// The bits of `body` that a guest can write; as long as `body`.
    package let writableBits: [UInt8]

    package init(identifier: UInt8, body: [UInt8], writableBits: [UInt8]? = nil) {
        let writableBits = writableBits ?? [UInt8](repeating: 0, count: body.count)
        precondition(body.count == writableBits.count, "a capability has a mask as long as its body")
        self.identifier = identifier
        self.body = body
        self.writableBits = writableBits
    }

    /// MSI-X (PCI 3.0 §6.8.2) for 1 to 2048 vectors, its table and pending bits in `bar` at the offsets.
    package static func messageSignalledInterrupts(
        vectorCount: Int, bar: UInt8, tableOffset: UInt32, pendingOffset: UInt32
    ) -> PCICapability {
        precondition(1...2048 ~= vectorCount && bar < 6, "MSI-X has 1 to 2048 vectors in one of six BARs")
        precondition(tableOffset % 8 == 0 && pendingOffset % 8 == 0, "the structures of MSI-X lie on 8 bytes")
        var body: [UInt8] = []
        body.append(littleEndian: UInt16(vectorCount - 1))
        body.append(littleEndian: tableOffset | UInt32(bar))
        body.append(littleEndian: pendingOffset | UInt32(bar))
        // The guest writes the enable bit (15) and the function mask (14).
        let writableBits: [UInt8] = [0, 0xc0] + [UInt8](repeating: 0, count: 8)
        return PCICapability(identifier: messageSignalledIdentifier, body: body, writableBits: writableBits)
    }

    static let messageSignalledIdentifier: UInt8 = 0x11
}
