// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Port writes that KVM kept until this exit, in a ring that all vCPUs of a machine share
/// (Documentation/virt/kvm/api.rst, KVM_REGISTER_COALESCED_MMIO).
///
/// Used with the bus lock held, before the exit itself is answered: the writes came first.
@safe struct DeferredWrites: @unchecked Sendable {
    /// Two indexes of 32 bits, first and last, then the entries.
    private let ring: UnsafeMutableRawPointer
    private static let stride = MemoryLayout<cmachine_coalesced_write>.stride
    private static let capacity = UInt32((4096 - 8) / stride)

    /// Looks at a page that lives as long as the vCPU which mapped it.
    @unsafe init(ring: UnsafeMutableRawPointer) { unsafe self.ring = ring }

    var isEmpty: Bool { unsafe ring.load(as: UInt32.self) == cmachine_load_acquire_u32(ring + 4) }

    /// Takes the oldest write; `nil` if there is none.
    func next() -> (port: UInt16, value: UInt64)? {
        let first = unsafe ring.load(as: UInt32.self)
        guard unsafe cmachine_load_acquire_u32(ring + 4) != first, first < Self.capacity else { return nil }
        let write = unsafe ring.load(
            fromByteOffset: 8 + Int(first) * Self.stride, as: cmachine_coalesced_write.self)
        unsafe cmachine_store_release_u32(ring, (first + 1) % Self.capacity)
        return (UInt16(truncatingIfNeeded: write.address), write.data & 0xff)
    }
}
