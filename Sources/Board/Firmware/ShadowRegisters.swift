// SPDX-License-Identifier: Apache-2.0

/// The seven registers PAM0 to PAM6 of Q35's host bridge (Intel 3 Series chipset datasheet §5.1.17): who answers
/// between 0xc0000 and 1 MiB, the firmware or the RAM behind it.
package enum ShadowRegisters {
    /// PAM0 in the host bridge's configuration space.
    package static let offset = 0x90
    package static let byteCount = 7
    /// The bits that exist: reads and writes to RAM, for one part in the low half and one in the high half.
    static let writableBits: [UInt8] = [0x30] + Array(repeating: 0x33, count: 6)

    /// All that the registers decide about.
    package static let area = AddressRange(start: 0xc_0000, byteCount: 0x4_0000)

    /// The parts by ascending address: twelve of 16 KiB and one of 64 KiB.
    package static let parts: [AddressRange] =
        (0..<12).map { AddressRange(start: area.start + 0x4000 * $0, byteCount: 0x4000) }
        + [AddressRange(start: 0xf_0000, byteCount: 0x1_0000)]

    /// What each of `parts` is, by the registers' contents.
    ///
    /// A part whose writes alone go to RAM is the firmware's: KVM has no memory that reads differently from what is
    /// written, and QEMU takes it the same way.
    package static func accesses(_ registers: [UInt8]) -> [ShadowAccess] {
        parts.indices.map { part in
            // PAM0 has the last part in its high half; PAM1 to PAM6 have two parts each.
            let isLast = part == parts.count - 1
            let register = isLast ? 0 : 1 + part / 2
            let shift: UInt8 = isLast || part % 2 == 1 ? 4 : 0
            guard registers.indices.contains(register) else { return .firmware }
            switch registers[register] >> shift & 3 {
            case 1: return .readOnlyMemory
            case 3: return .memory
            default: return .firmware
            }
        }
    }
}

extension PCIConfigurationSpace {
    /// PAM0 to PAM6, of the host bridge's configuration space.
    package var shadowRegisters: [UInt8] {
        Array(contents[ShadowRegisters.offset..<(ShadowRegisters.offset + ShadowRegisters.byteCount)])
    }
}
