// SPDX-License-Identifier: Apache-2.0

/// Memory that another process maps.
extension GuestMemory {
    /// A range of the guest's memory, and where the file has it.
    struct SharedRegion: Equatable {
        let address: GuestAddress
        let byteCount: UInt64
        let fileOffset: UInt64
    }

    /// All of the memory, below and above the hole.
    var sharedRegions: [SharedRegion] {
        var regions = [SharedRegion(address: GuestAddress(0), byteCount: lowByteCount, fileOffset: 0)]
        if highByteCount > 0 {
            regions.append(
                SharedRegion(address: Self.highStart, byteCount: highByteCount, fileOffset: lowByteCount))
        }
        return regions
    }
}
