// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Host

/// The kernel's file as the board's loaders read it.
struct KernelImage: ~Copyable, KernelFile {
    let file: InputFile

    init(_ file: consuming InputFile) {
        self.file = file
    }

    var byteCount: UInt64 { file.byteCount }

    borrowing func read(at offset: UInt64, count: Int) throws(KernelImageError) -> [UInt8] {
        do {
            return try file.descriptor.read(at: offset, count: count)
        } catch {
            throw .unreadable(reason: error.reason)
        }
    }

    /// Gives up the descriptor.
    consuming func descriptor() -> Descriptor { file.takeDescriptor() }
}
