// SPDX-License-Identifier: Apache-2.0

/// A program header of an ELF file; its file part lies within the file, and no address wraps around.
struct ELFSegment: Equatable {
    let fileOffset: UInt64
    let fileByteCount: UInt64
    let virtualAddress: UInt64
    let physicalAddress: UInt64
    /// Never less than `fileByteCount` in a segment to load.
    let memoryByteCount: UInt64
    let alignment: UInt64

    /// The physical address of a virtual one in this segment, or `nil` where it is not in it.
    func physicalAddress(of address: UInt64) -> UInt64? {
        guard address >= virtualAddress, address - virtualAddress < memoryByteCount else { return nil }
        return physicalAddress + (address - virtualAddress)
    }

    var memoryRange: AddressRange {
        AddressRange(start: physicalAddress, byteCount: memoryByteCount)
    }
}
