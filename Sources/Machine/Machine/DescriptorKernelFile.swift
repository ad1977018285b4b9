// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Host

/// A kernel image in an open file that somebody else owns.
struct DescriptorKernelFile: KernelFile {
    let number: CInt
    let byteCount: UInt64

    func read(at offset: UInt64, count: Int) throws(KernelImageError) -> [UInt8] {
        do {
            return try Descriptor.read(borrowing: number, at: offset, count: count)
        } catch {
            throw .unreadable(reason: error.reason)
        }
    }
}
