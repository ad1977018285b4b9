// SPDX-License-Identifier: Apache-2.0
import Board
import Machine
import Testing

@Suite("Memory-mapped configuration space")
struct EnhancedConfigurationTests {
    private static func space() -> EnhancedConfiguration {
        let bus = PCIBus()
        bus.insert(PCIBridge(.hostBridge(), name: "mch"), at: 0)
        return EnhancedConfiguration(bus: bus)
    }

    @Test("a function's registers are there")
    func identity() {
        #expect(Self.space().read(at: 0, width: .long) == 0x29c0_8086)
    }

    @Test(
        "what is not there reads as ones",
        arguments: [
            ("the extended registers", 0x100), ("the last register", 0xffc), ("another function", 0x1000),
            ("an empty slot", 0x8000), ("another bus", 0x10_0000),
        ] as [(String, UInt64)])
    func absent(_ place: String, _ offset: UInt64) {
        let space = Self.space()

        space.write(0, at: offset, width: .long)

        #expect(space.read(at: offset, width: .long) == 0xffff_ffff, "\(place)")
    }
}
