// SPDX-License-Identifier: Apache-2.0

/// The MADT, revision 5: processors and interrupt controllers (ACPI 6.4 §5.2.12).
enum InterruptTable {
    /// The two 8259 are there as well.
    private static let hasLegacyControllers: UInt32 = 1
    /// Level-triggered, active high.
    private static let levelActiveHigh: UInt16 = 0b1101
    /// The local APIC structure addresses ids below this one.
    private static let firstX2APIC: UInt32 = 255

    static func bytes(_ topology: ProcessorTopology) -> [UInt8] {
        var body: [UInt8] = []
        body.append(littleEndian: UInt32(AddressMap.localAPIC.start))
        body.append(littleEndian: hasLegacyControllers)
        for processor in 0..<topology.processorCount {
            body += self.processor(UInt32(processor), identifier: topology.apicID(of: processor))
        }
        body += inputOutputController
        body += sourceOverride(from: 0, to: 2, flags: 0)
        let systemControl = FixedHardware.systemControlInterrupt
        body += sourceOverride(from: systemControl, to: UInt32(systemControl), flags: levelActiveHigh)
        body += [4, 6, 0xff, 0, 0, 1]  // LINT1 of every processor is the NMI
        if topology.needsX2APIC {
            body += [10, 12, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]
        }
        return ACPITable.bytes(signature: "APIC", revision: 5, body: body)
    }

    private static func processor(_ processor: UInt32, identifier: UInt32) -> [UInt8] {
        var bytes: [UInt8]
        if identifier < firstX2APIC {
            bytes = [0, 8, UInt8(processor), UInt8(identifier)]
            bytes.append(littleEndian: UInt32(1))  // enabled
        } else {
            bytes = [9, 16, 0, 0]
            for value in [identifier, 1, processor] { bytes.append(littleEndian: value) }
        }
        return bytes
    }

    private static var inputOutputController: [UInt8] {
        var bytes: [UInt8] = [1, 12, 0, 0]
        bytes.append(littleEndian: UInt32(AddressMap.ioAPIC.start))
        bytes.append(littleEndian: UInt32(0))
        return bytes
    }

    private static func sourceOverride(from line: UInt8, to input: UInt32, flags: UInt16) -> [UInt8] {
        var bytes: [UInt8] = [2, 10, 0, line]
        bytes.append(littleEndian: input)
        bytes.append(littleEndian: flags)
        return bytes
    }
}
