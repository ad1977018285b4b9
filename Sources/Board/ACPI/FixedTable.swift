// SPDX-License-Identifier: Apache-2.0

/// The FADT, revision 6.0, and the FACS (ACPI 6.4 §5.2.9, §5.2.10).
enum FixedTable {
    /// Legacy devices are there (bit 0); no 8042 (bit 1 clear); no VGA (bit 2); MSI works and the RTC is there.
    private static let bootFlags: UInt16 = 0b101

    /// WBINVD works (0), C1 works (2), no sleep button (5), no RTC wake-up in fixed registers (6), the reset register
    /// is there (10). Clear: the power button is a fixed one (4), the timer has 24 bits (8), not hardware-reduced (20).
    private static let flags: UInt32 = 1 << 0 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 10

    private enum Field {
        // Offsets from the table's start less the common header.
        static let firmwareControl = 36 - 36
        static let differentiated = 40 - 36
        static let systemInterrupt = 46 - 36
        static let pm1Event = 56 - 36
        static let pm1Control = 64 - 36
        static let timer = 76 - 36
        static let generalEvent = 80 - 36
        static let pm1EventByteCount = 88 - 36
        static let pm1ControlByteCount = 89 - 36
        static let timerByteCount = 91 - 36
        static let generalEventByteCount = 92 - 36
        static let c2Latency = 96 - 36
        static let c3Latency = 98 - 36
        static let century = 108 - 36
        static let bootFlags = 109 - 36
        static let flags = 112 - 36
        static let resetRegister = 116 - 36
        static let resetValue = 128 - 36
        static let minorRevision = 131 - 36
        static let differentiated64 = 140 - 36
        static let pm1Event64 = 148 - 36
        static let pm1Control64 = 172 - 36
        static let timer64 = 208 - 36
        static let generalEvent64 = 220 - 36
        static let hypervisor = 268 - 36
        static let end = 276 - 36
    }

    static func bytes(firmwareControl: UInt64, differentiated: UInt64) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: Field.end)
        body.store(littleEndian: UInt32(firmwareControl), at: Field.firmwareControl)
        body.store(littleEndian: UInt32(differentiated), at: Field.differentiated)
        body.store(littleEndian: differentiated, at: Field.differentiated64)
        // SMI_CMD stays 0: ACPI is always on.
        body.store(littleEndian: UInt16(FixedHardware.systemControlInterrupt), at: Field.systemInterrupt)
        storeBlocks(in: &body)
        // Latencies above 100 and 1000 us say that C2 and C3 are not there.
        body.store(littleEndian: UInt16(0xfff), at: Field.c2Latency)
        body.store(littleEndian: UInt16(0xfff), at: Field.c3Latency)
        body[Field.century] = 0x32
        body.store(littleEndian: bootFlags, at: Field.bootFlags)
        body.store(littleEndian: flags, at: Field.flags)
        store(port: FixedHardware.resetPort, bits: 8, at: Field.resetRegister, in: &body)
        body[Field.resetValue] = FixedHardware.resetValue
        body[Field.minorRevision] = 0
        body.replaceSubrange(Field.hypervisor..<(Field.hypervisor + 4), with: Array("APUS".utf8))
        return ACPITable.bytes(signature: "FACP", revision: 6, body: body)
    }

    /// The FACS, without the common header; 64 bytes that must lie on 64.
    static var control: [UInt8] {
        var bytes = Array("FACS".utf8) + [UInt8](repeating: 0, count: 60)
        bytes.store(littleEndian: UInt32(64), at: 4)
        bytes[32] = 2
        return bytes
    }

    private static func storeBlocks(in body: inout [UInt8]) {
        body.store(littleEndian: UInt32(FixedHardware.pm1EventPort), at: Field.pm1Event)
        body.store(littleEndian: UInt32(FixedHardware.pm1ControlPort), at: Field.pm1Control)
        body.store(littleEndian: UInt32(FixedHardware.pmTimerPort), at: Field.timer)
        body.store(littleEndian: UInt32(FixedHardware.generalEventPort), at: Field.generalEvent)
        body[Field.pm1EventByteCount] = FixedHardware.pm1EventByteCount
        body[Field.pm1ControlByteCount] = FixedHardware.pm1ControlByteCount
        body[Field.timerByteCount] = FixedHardware.pmTimerByteCount
        body[Field.generalEventByteCount] = FixedHardware.generalEventByteCount
        store(port: FixedHardware.pm1EventPort, bits: 32, at: Field.pm1Event64, in: &body)
        store(port: FixedHardware.pm1ControlPort, bits: 16, at: Field.pm1Control64, in: &body)
        store(port: FixedHardware.pmTimerPort, bits: 32, at: Field.timer64, in: &body)
        store(port: FixedHardware.generalEventPort, bits: 16, at: Field.generalEvent64, in: &body)
    }

    /// A generic address structure for I/O ports (ACPI 6.4 §5.2.3.2): space, width, offset, access size, address.
    private static func store(port: UInt16, bits: UInt8, at offset: Int, in body: inout [UInt8]) {
        let accessSize: UInt8 = bits == 8 || bits == 128 ? 1 : bits == 16 || offset == Field.pm1Event64 ? 2 : 3
        body.replaceSubrange(offset..<(offset + 4), with: [1, bits, 0, accessSize])
        body.store(littleEndian: UInt64(port), at: offset + 4)
    }
}
