// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Where firmware lies")
struct FirmwareLayoutTests {
    @Test("OVMF ends at 4 GiB with its variables below it, and 128 KiB are seen below 1 MiB")
    func flash() throws {
        let layout = try FirmwareLayout(imageByteCount: 0x37_c000, variablesByteCount: 0x8_4000)
        #expect(layout.image == AddressRange(start: 0xffc8_4000, byteCount: 0x37_c000))
        #expect(layout.variables == AddressRange(start: 0xffc0_0000, byteCount: 0x8_4000))
        #expect(layout.copy == AddressRange(start: 0xe_0000, byteCount: 0x2_0000))
    }

    @Test("a small image is seen whole below 1 MiB")
    func small() throws {
        let layout = try FirmwareLayout(imageByteCount: 0x1000, variablesByteCount: nil)
        #expect(layout.image.start == 0xffff_f000 && layout.variables == nil)
        #expect(layout.copy == AddressRange(start: 0xf_f000, byteCount: 0x1000))
    }

    @Test(
        "what cannot be laid out is refused",
        arguments: [
            (0, nil), (4095, nil), (4097, nil), (16 << 20 | 4096, nil), (16 << 20, 4096), (4096, 0), (4096, 100),
            (.max - 4095, .max - 4095),
        ] as [(UInt64, UInt64?)])
    func refusals(_ imageByteCount: UInt64, _ variablesByteCount: UInt64?) {
        #expect(throws: FirmwareError.self) {
            try FirmwareLayout(imageByteCount: imageByteCount, variablesByteCount: variablesByteCount)
        }
    }

    @Test("the PAM registers say part by part who answers")
    func shadow() {
        #expect(ShadowRegisters.parts.first?.start == 0xc_0000 && ShadowRegisters.parts.last?.end == 0x10_0000)
        for (part, next) in zip(ShadowRegisters.parts, ShadowRegisters.parts.dropFirst()) {
            #expect(part.end == next.start)
        }
        #expect(ShadowRegisters.accesses([0, 0, 0, 0, 0, 0, 0]) == Array(repeating: .firmware, count: 13))
        var expected = [ShadowAccess](repeating: .firmware, count: 13)
        expected[12] = .memory
        #expect(ShadowRegisters.accesses([0x30, 0, 0, 0, 0, 0, 0]) == expected)
        // PAM1: 0xc0000 to be read from RAM, writes alone to RAM at 0xc4000. PAM6: 0xec000 RAM.
        expected = [ShadowAccess](repeating: .firmware, count: 13)
        expected[0] = .readOnlyMemory
        expected[11] = .memory
        #expect(ShadowRegisters.accesses([0, 0x21, 0, 0, 0, 0, 0x30]) == expected)
        #expect(ShadowRegisters.accesses([]) == Array(repeating: .firmware, count: 13))
    }

    @Test("a guest writes PAM through the host bridge, and no bit that is not there")
    func bridge() {
        var space = PCIConfigurationSpace.hostBridge()
        for offset in 0x90...0x96 { space.write(0xff, at: offset, byteCount: 1) }
        #expect(space.shadowRegisters == [0x30, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33])
    }
}
