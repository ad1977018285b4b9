// SPDX-License-Identifier: Apache-2.0

/// The UUID of a machine, which its guest and its firmware read (RFC 9562).
package struct MachineIdentifier: Equatable, Sendable {
    /// The sixteen bytes in the order of the text form.
    package let bytes: [UInt8]

    /// The identifier of the machine `name`: always the same for the same name; version 8, since it is no hash that the
    /// standard knows.
    package init(machine name: String) {
        var bytes: [UInt8] = []
        for seed: UInt64 in [0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4] {
            var hash = seed
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            bytes.append(littleEndian: hash ^ hash >> 32)
        }
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.bytes = bytes
    }

    /// The first three fields least significant byte first, as SMBIOS has them (DSP0134 2.8 §7.2.1).
    var mixedEndianBytes: [UInt8] {
        [3, 2, 1, 0, 5, 4, 7, 6].map { bytes[$0] } + bytes[8...]
    }
}
