// SPDX-License-Identifier: Apache-2.0
package import Host

/// The bytes of a flash memory: the pages of an open file, shared, so that a change is the file's at once.
///
/// `@unchecked Sendable`: the guest reads them at any time; they are changed with the bus lock held.
@safe package final class FlashContents: @unchecked Sendable {
    private let mapping: Mapping
    package let byteCount: Int

    /// Maps all of a file, which nobody else changes.
    package init(sharing file: borrowing Descriptor, byteCount: Int) throws(SystemCallError) {
        mapping = try Mapping(sharing: file, byteCount: byteCount)
        self.byteCount = byteCount
    }

    /// Where the bytes lie in this process, for KVM's memory slots.
    var hostBase: UInt64 { unsafe UInt64(UInt(bitPattern: mapping.start)) }

    /// The byte at `offset`; ones past the end.
    func byte(at offset: UInt64) -> UInt8 {
        guard offset < UInt64(byteCount) else { return 0xff }
        return unsafe mapping.start.load(fromByteOffset: Int(offset), as: UInt8.self)
    }

    /// Writes a byte. A real chip only clears bits; QEMU's takes any, and OVMF relies on neither.
    func program(_ value: UInt8, at offset: UInt64) {
        guard offset < UInt64(byteCount) else { return }
        unsafe mapping.start.storeBytes(of: value, toByteOffset: Int(offset), as: UInt8.self)
    }

    /// Sets the block around `offset` to ones.
    func erase(blockAt offset: UInt64, byteCount count: Int) {
        guard offset < UInt64(byteCount) else { return }
        let start = Int(offset) / count * count
        let end = min(start + count, byteCount)
        unsafe UnsafeMutableRawBufferPointer(start: mapping.start + start, count: end - start)
            .initializeMemory(as: UInt8.self, repeating: 0xff)
    }
}
