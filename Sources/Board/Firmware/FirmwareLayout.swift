// SPDX-License-Identifier: Apache-2.0

/// Where a firmware lies in the guest's physical address space: its image ends at 4 GiB, its variables end where the
/// image begins, and the end of the image is seen once more below 1 MiB, as on Q35.
package struct FirmwareLayout: Equatable, Sendable {
    /// The most bytes that image and variables have together: KVM's own pages lie below.
    package static let maximumByteCount: UInt64 = 16 << 20
    /// The least that an image has: a page, with the first instruction 16 bytes before its end.
    package static let minimumImageByteCount: UInt64 = AddressMap.pageByteCount
    private static let maximumCopyByteCount: UInt64 = 128 << 10

    /// The image, up to the last byte below 4 GiB.
    package let image: AddressRange
    /// The flash memory with the variables, where there is one.
    package let variables: AddressRange?
    /// The end of the image below 1 MiB: 128 KiB, or all of a smaller one.
    package let copy: AddressRange

    /// Lays out an image and perhaps a store of variables, both in whole pages.
    package init(imageByteCount: UInt64, variablesByteCount: UInt64?) throws(FirmwareError) {
        guard imageByteCount >= Self.minimumImageByteCount, imageByteCount % AddressMap.pageByteCount == 0 else {
            throw .imageSize(found: imageByteCount)
        }
        if let variablesByteCount {
            guard variablesByteCount > 0, variablesByteCount % AddressMap.pageByteCount == 0 else {
                throw .variablesSize(found: variablesByteCount)
            }
        }
        let total = imageByteCount.adding(variablesByteCount ?? 0) ?? .max
        guard total <= Self.maximumByteCount else { throw .tooLarge(found: total) }
        let start = AddressMap.highMemoryStart - imageByteCount
        image = AddressRange(start: start, byteCount: imageByteCount)
        variables = variablesByteCount.map { AddressRange(start: start - $0, byteCount: $0) }
        let copied = min(imageByteCount, Self.maximumCopyByteCount)
        copy = AddressRange(start: AddressMap.extendedMemoryStart - copied, byteCount: copied)
    }
}
