// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

extension BufferList {
    private static var pageByteCount: Int { 4096 }

    /// Gives the pages that lie wholly in a range back to the kernel (madvise(2)), where it takes them.
    ///
    /// - Parameter advice: `MADV_DONTNEED` for private memory, `MADV_REMOVE` for shared.
    package func discardPages(advice: CInt) {
        for index in start..<end {
            let first = unsafe UInt(bitPattern: elements[index].iov_base)
            let (last, overflow) = unsafe first.addingReportingOverflow(UInt(elements[index].iov_len))
            let mask = UInt(Self.pageByteCount - 1)
            guard !overflow, first <= UInt.max - mask else { continue }
            let head = (first + mask) & ~mask
            let tail = last & ~mask
            guard tail > head else { continue }
            _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: head), Int(tail - head), advice)
        }
    }
}
