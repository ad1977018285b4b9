// SPDX-License-Identifier: Apache-2.0

/// A resource that a device uses or hands on (ACPI 6.4 §6.4).
package enum AMLResource {
    /// Ports at a fixed place, decoded with 16 bits.
    case ports(start: UInt16, count: UInt8)
    /// An ISA interrupt, edge-triggered and active high.
    case interrupt(UInt8)
    /// Memory at a fixed place below 4 GiB, with registers in it.
    case memory(AddressRange)
    /// The buses behind a bridge.
    case buses(ClosedRange<UInt16>)
    /// Ports that a bridge hands on.
    case portWindow(ClosedRange<UInt16>)
    /// Addresses below 4 GiB that a bridge hands on, not cacheable.
    case memoryWindow32(AddressRange)
    /// Addresses that a bridge hands on, prefetchable.
    case memoryWindow64(AddressRange)

    private enum WindowKind {
        static let memory: UInt8 = 0
        static let ports: UInt8 = 1
        static let buses: UInt8 = 2
    }

    /// Resource producer, fixed at both ends, positive decode.
    private static let windowFlags: UInt8 = 0x0c

    /// The descriptor's encoding.
    package var bytes: [UInt8] {
        switch self {
        case .ports(let start, let count):
            var bytes: [UInt8] = [0x47, 0x01]
            bytes.append(littleEndian: start)
            bytes.append(littleEndian: start)
            return bytes + [1, count]
        case .interrupt(let line):
            var bytes: [UInt8] = [0x22]
            bytes.append(littleEndian: UInt16(1) << UInt16(line))
            return bytes
        case .memory(let range):
            var bytes: [UInt8] = [0x86, 9, 0, 1]
            bytes.append(littleEndian: UInt32(range.start))
            bytes.append(littleEndian: UInt32(range.byteCount))
            return bytes
        case .buses(let buses):
            return Self.window(0x88, WindowKind.buses, 0, first: buses.lowerBound, last: buses.upperBound)
        case .portWindow(let ports):
            return Self.window(0x88, WindowKind.ports, 3, first: ports.lowerBound, last: ports.upperBound)
        case .memoryWindow32(let range):
            return Self.window(
                0x87, WindowKind.memory, 1, first: UInt32(range.start), last: UInt32(range.end - 1))
        case .memoryWindow64(let range):
            return Self.window(0x8a, WindowKind.memory, 7, first: range.start, last: range.end - 1)
        }
    }

    /// An address space descriptor (ACPI 6.4 §6.4.3.5): granularity, first, last, translation, length.
    private static func window<Value: FixedWidthInteger & UnsignedInteger>(
        _ tag: UInt8, _ kind: UInt8, _ typeFlags: UInt8, first: Value, last: Value
    ) -> [UInt8] {
        var fields: [UInt8] = [kind, windowFlags, typeFlags]
        for value in [0, first, last, 0, last - first + 1] { fields.append(littleEndian: value) }
        var bytes = [tag]
        bytes.append(littleEndian: UInt16(fields.count))
        return bytes + fields
    }
}
