// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Glibc

/// Memory that goes back to the host while the guest runs: it reads as zeros and can be used again.
///
/// What the host cannot take back (memory from the hugetlb pool in other pieces than whole huge pages) stays as it is:
/// a guest has no claim on what a page that it gave away reads as.
extension GuestMemory {
    /// What gives pages back: of a shared file they have to be removed, or the file would keep them.
    var discardAdvice: CInt { CInt(file == nil ? MADV_DONTNEED : MADV_REMOVE) }

    /// Gives pages back to the host.
    ///
    /// - Parameters:
    ///   - address: A multiple of 4 KiB.
    ///   - count: Likewise.
    package func discard(at address: GuestAddress, byteCount count: Int) throws(GuestMemoryError) {
        let start = unsafe try pointer(to: address, byteCount: count)
        _ = unsafe madvise(start, count, discardAdvice)
    }

    /// Gives the whole pages of ranges that a queue of this memory has listed back to the host.
    func discard(_ ranges: BufferList) {
        ranges.discardPages(advice: discardAdvice)
    }
}
