// SPDX-License-Identifier: Apache-2.0

extension BootRequest {
    /// The command line with its ending zero, for the guest's RAM. `prefix` counts against `limit` as well.
    func commandLinePiece(prefix: String = "", limit: Int) throws(KernelImageError) -> MemoryPiece {
        var bytes = Array(prefix.utf8)
        bytes.append(contentsOf: commandLine.utf8)
        guard !bytes.contains(0) else { throw .commandLineHasZeroByte }
        let limit = min(limit, BootLayout.commandLineLimit)
        guard bytes.count <= limit else { throw .commandLineTooLong(byteCount: bytes.count, limit: limit) }
        bytes.append(0)
        return MemoryPiece(guestAddress: BootLayout.commandLine, bytes: bytes)
    }

    /// The initrd, as high as possible in low RAM, on a page of its own; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - kernelEnd: The first address that the kernel does not need.
    ///   - limit: The first address that the kernel cannot take an initrd at.
    /// - Throws: `.doesNotFit` also where the kernel alone is too large.
    func placeInitrd(above kernelEnd: UInt64, below limit: UInt64 = .max) throws(KernelImageError) -> FileSegment? {
        let end = min(map.lowMemory.end, limit)
        guard let byteCount = initrdByteCount else {
            guard kernelEnd <= map.lowMemory.end else {
                throw .doesNotFit(withInitrd: false, needed: kernelEnd, available: map.lowMemory.end)
            }
            return nil
        }
        guard byteCount > 0 else { throw .emptyInitrd }
        let page = AddressMap.pageByteCount
        let needed = kernelEnd.roundedUp(to: page)?.adding(byteCount)?.roundedUp(to: page) ?? .max
        guard needed <= end.roundedDown(to: page) else {
            throw .doesNotFit(withInitrd: true, needed: needed, available: end)
        }
        let address = (end.roundedDown(to: page) - byteCount).roundedDown(to: page)
        return FileSegment(source: .initrd, fileOffset: 0, byteCount: byteCount, guestAddress: address)
    }
}
