// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension GuestMemory {
    /// Where boot loaders move Linux to: its preferred address, and as much as a distribution's kernel needs from there to
    /// unpack itself.
    static let kernelPlace: Range<UInt64> = 16 << 20..<64 << 20

    /// Gives the pages of the kernel's place to the guest before it runs, where they are advised to be huge.
    ///
    /// GRUB moves a kernel within that place and reads what nobody has written yet. Linux answers such a read with the
    /// huge page of zeros that all processes share, and a write to that one with a small page; so did 36 MiB cost the guest
    /// 18,500 exits, a third of all on its way to the login prompt. A guest of 128 MiB and more has use for it anyway. Shared
    /// memory has no such page: what is read there is there.
    func populateKernelPlace() {
        let place = Self.kernelPlace
        guard isAdvisedHuge, file == nil, lowByteCount >= 2 * place.upperBound,
            let start = unsafe try? pointer(to: GuestAddress(place.lowerBound), byteCount: place.count)
        else { return }
        // Best effort: before Linux 5.14 nobody knows the advice, and the guest pays its exits.
        _ = unsafe madvise(start, place.count, CInt(MADV_POPULATE_WRITE))
    }
}
