// SPDX-License-Identifier: Apache-2.0

/// The DSDT: what the guest cannot find out by itself (ACPI 6.4 §5.2.11.1).
enum DifferentiatedTable {
    static func bytes(_ configuration: BoardConfiguration) -> [UInt8] {
        let off = UInt64(FixedHardware.sleepTypeOff)
        let terms: [AMLTerm] = [
            .name("_S5", .package([.integer(off), .integer(0), .integer(0), .integer(0)])),
            .scope("_SB", [reservations, rootBridge(configuration)] + processors(configuration.topology)),
        ]
        return ACPITable.bytes(signature: "DSDT", revision: 2, body: terms.flatMap(\.bytes))
    }

    /// What no driver claims: Linux uses ECAM only where a device reserves it.
    private static let reservations = AMLTerm.device(
        "MRES",
        [
            .name("_HID", .eisaIdentifier("PNP0C02")),
            .name(
                "_CRS",
                .resources([
                    .memory(AddressMap.configurationSpace),
                    .ports(
                        start: FixedHardware.powerManagementPort, count: UInt8(FixedHardware.powerManagementPortCount)),
                ])),
        ])

    private static func rootBridge(_ configuration: BoardConfiguration) -> AMLTerm {
        let configurationPorts = FixedHardware.configurationAddressPort
        return .device(
            "PCI0",
            [
                .name("_HID", .eisaIdentifier("PNP0A08")),
                .name("_CID", .eisaIdentifier("PNP0A03")),
                .name("_SEG", .integer(0)),
                .name("_UID", .integer(0)),
                .name("_BBN", .integer(0)),
                .name(
                    "_CRS",
                    .resources([
                        .buses(0...UInt16(FixedHardware.lastBus)),
                        .ports(start: configurationPorts, count: 8),
                        .portWindow(0...(configurationPorts - 1)),
                        .portWindow((configurationPorts + 8)...0xffff),
                        .memoryWindow32(AddressMap.pciWindow32),
                        .memoryWindow64(configuration.pciWindow64),
                    ])),
                lowPinCountBridge(configuration),
            ])
    }

    /// The LPC bridge with what is soldered behind it.
    private static func lowPinCountBridge(_ configuration: BoardConfiguration) -> AMLTerm {
        var terms: [AMLTerm] = [
            .name("_ADR", .integer(UInt64(PCIFunctionAddress.lpcBridge.device) << 16)),
            clock,
        ]
        if configuration.hasSerial { terms.append(serialPort) }
        if configuration.hasPanicDevice { terms.append(panicDevice) }
        return .device("LPCB", terms)
    }

    private static let clock = AMLTerm.device(
        "RTC",
        [
            .name("_HID", .eisaIdentifier("PNP0B00")),
            .name(
                "_CRS",
                .resources([
                    .ports(start: FixedHardware.clockPort, count: 2), .interrupt(FixedHardware.clockInterrupt),
                ])),
        ])

    private static let serialPort = AMLTerm.device(
        "COM1",
        [
            .name("_HID", .eisaIdentifier("PNP0501")),
            .name("_UID", .integer(1)),
            .name(
                "_CRS",
                .resources([
                    .ports(start: FixedHardware.serialPort, count: 8), .interrupt(FixedHardware.serialInterrupt),
                ])),
        ])

    private static let panicDevice = AMLTerm.device(
        "PEVT",
        [
            .name("_HID", .string("QEMU0001")),
            .name("_STA", .integer(0xf)),
            .name("_CRS", .resources([.ports(start: FixedHardware.panicPort, count: 1)])),
        ])

    private static func processors(_ topology: ProcessorTopology) -> [AMLTerm] {
        (0..<topology.processorCount).map { processor in
            let digits = String(processor, radix: 16, uppercase: true)
            let name = "C" + String(repeating: "0", count: 3 - digits.count) + digits
            return .device(
                AMLName(name),
                [.name("_HID", .string("ACPI0007")), .name("_UID", .integer(UInt64(processor)))])
        }
    }
}
