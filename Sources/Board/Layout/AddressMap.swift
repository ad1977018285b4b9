// SPDX-License-Identifier: Apache-2.0

/// Where everything lies in the guest's physical address space: the layout of QEMU's Q35.
///
/// The map depends on the size of the memory alone, so that two hosts with processors of different widths give a
/// guest the same one.
package struct AddressMap: Equatable, Sendable {
    /// The least memory that a machine can have, in bytes.
    package static let minimumMemoryByteCount: UInt64 = 32 << 20
    /// The size of a page, in bytes; memory comes in whole pages.
    package static let pageByteCount: UInt64 = 4096
    /// The first address above the 32-bit hole.
    package static let highMemoryStart: UInt64 = 0x1_0000_0000
    /// The end of conventional memory: what firmware calls the extended BIOS data area begins here.
    package static let conventionalMemoryEnd: UInt64 = 0x9_fc00
    /// The first address above the legacy area.
    package static let extendedMemoryStart: UInt64 = 0x10_0000
    /// The part of the legacy area that holds the ACPI tables; RAM that the memory map reserves.
    package static let biosArea = AddressRange(start: 0xe_0000, byteCount: 0x2_0000)
    /// The enhanced configuration space of PCI segment 0, buses 0 to 255: 4 KiB for a function.
    package static let configurationSpace = AddressRange(start: 0xb000_0000, byteCount: 0x1000_0000)
    /// The window for 32-bit BARs.
    package static let pciWindow32 = AddressRange(start: 0xc000_0000, byteCount: 0x3ec0_0000)
    /// The registers of the I/O APIC.
    package static let ioAPIC = AddressRange(start: 0xfec0_0000, byteCount: 0x1000)
    /// The registers of the local APIC, and the addresses of message-signalled interrupts.
    package static let localAPIC = AddressRange(start: 0xfee0_0000, byteCount: 0x10_0000)
    /// The page that KVM wants for its identity map (`KVM_SET_IDENTITY_MAP_ADDR`).
    package static let kvmIdentityMap = AddressRange(start: 0xfeff_c000, byteCount: 0x1000)
    /// The three pages that KVM wants for its task state segment (`KVM_SET_TSS_ADDR`).
    package static let kvmTaskState = AddressRange(start: 0xfeff_d000, byteCount: 0x3000)
    /// The size of the 64-bit PCI window, in bytes.
    package static let pciWindow64ByteCount: UInt64 = 0x8_0000_0000

    private static let lowMemoryLimit: UInt64 = 0xb000_0000
    private static let splitLowMemoryEnd: UInt64 = 0x8000_0000
    private static let pciWindow64Minimum: UInt64 = 0x8_0000_0000
    private static let gibibyte: UInt64 = 1 << 30

    /// The size of the guest's RAM, in bytes.
    package let memoryByteCount: UInt64
    /// The RAM below the 32-bit hole; it begins at 0 and has the legacy area within it.
    package let lowMemory: AddressRange
    /// The RAM from 4 GiB up; `nil` where all of it is low.
    package let highMemory: AddressRange?
    /// The window for 64-bit BARs: above RAM on a GiB boundary, never below 32 GiB.
    package let pciWindow64: AddressRange

    /// Lays out `memoryByteCount` bytes of RAM for a processor with `physicalAddressBits` bits (CPUID 0x80000008).
    package init(memoryByteCount: UInt64, physicalAddressBits: Int = 36) throws(AddressMapError) {
        guard memoryByteCount >= Self.minimumMemoryByteCount else {
            throw .memoryTooSmall(found: memoryByteCount, minimum: Self.minimumMemoryByteCount)
        }
        guard memoryByteCount % Self.pageByteCount == 0 else {
            throw .memoryNotAligned(found: memoryByteCount, unit: Self.pageByteCount)
        }
        let maximum = Self.maximumMemoryByteCount(physicalAddressBits: physicalAddressBits)
        guard memoryByteCount <= maximum else {
            throw .memoryTooLarge(
                found: memoryByteCount, maximum: maximum, physicalAddressBits: physicalAddressBits)
        }

        let lowByteCount = memoryByteCount >= Self.lowMemoryLimit ? Self.splitLowMemoryEnd : memoryByteCount
        let highByteCount = memoryByteCount - lowByteCount
        self.memoryByteCount = memoryByteCount
        lowMemory = AddressRange(start: 0, byteCount: lowByteCount)
        highMemory =
            highByteCount == 0 ? nil : AddressRange(start: Self.highMemoryStart, byteCount: highByteCount)
        let memoryEnd = Self.highMemoryStart + highByteCount
        let windowStart = max(Self.pciWindow64Minimum, (memoryEnd + Self.gibibyte - 1).roundedDown(to: Self.gibibyte))
        pciWindow64 = AddressRange(start: windowStart, byteCount: Self.pciWindow64ByteCount)
    }

    /// The most memory that fits below the 64-bit PCI window, in bytes; 0 where not even the window fits.
    package static func maximumMemoryByteCount(physicalAddressBits: Int) -> UInt64 {
        let end: UInt64 = 1 << UInt64(min(max(physicalAddressBits, 0), 52))
        guard end >= pciWindow64Minimum + pciWindow64ByteCount else { return 0 }
        return end - pciWindow64ByteCount - highMemoryStart + splitLowMemoryEnd
    }

    /// The runs of RAM, by ascending address.
    package var memoryRegions: [MemoryRegion] {
        let low = MemoryRegion(range: lowMemory, offset: 0)
        guard let highMemory else { return [low] }
        return [low, MemoryRegion(range: highMemory, offset: lowMemory.byteCount)]
    }

    /// The memory map for the guest's kernel, by ascending address and without overlaps.
    package var memoryMap: [MemoryMapEntry] {
        var entries = [
            MemoryMapEntry(range: AddressRange(start: 0, byteCount: Self.conventionalMemoryEnd), kind: .usable),
            MemoryMapEntry(range: Self.extendedDataArea, kind: .reserved),
            MemoryMapEntry(range: Self.biosArea, kind: .reserved),
            MemoryMapEntry(range: extendedMemory, kind: .usable),
            MemoryMapEntry(range: Self.configurationSpace, kind: .reserved),
            MemoryMapEntry(range: Self.kvmPages, kind: .reserved),
        ]
        if let highMemory { entries.append(MemoryMapEntry(range: highMemory, kind: .usable)) }
        return entries
    }

    /// The low RAM from 1 MiB up: where kernels are loaded.
    package var extendedMemory: AddressRange {
        AddressRange(start: Self.extendedMemoryStart, byteCount: lowMemory.end - Self.extendedMemoryStart)
    }

    /// The pages that KVM has for itself.
    var reservedForKVM: MemoryMapEntry { MemoryMapEntry(range: Self.kvmPages, kind: .reserved) }

    private static let extendedDataArea = AddressRange(
        start: conventionalMemoryEnd, byteCount: 0xa_0000 - conventionalMemoryEnd)
    private static let kvmPages = AddressRange(
        start: kvmIdentityMap.start, byteCount: kvmTaskState.end - kvmIdentityMap.start)
}
