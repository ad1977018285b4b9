// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// The block device's configuration structure (virtio 1.2 §5.2.4), little-endian, read-only to the driver.
struct BlockConfigurationSpace {
    private let bytes: [UInt8]

    /// The most sectors one discard or write-zeroes may name: 2 GiB.
    static let maximumRangeSectors: UInt32 = 1 << 22

    /// The longest buffer of a request, and with it the longest request: 254 of them.
    static let maximumSegmentByteCount: UInt32 = 256 << 10
    static let maximumTransferByteCount = 64 << 20

    init(_ disk: DiskGeometry, queueCount: UInt16) {
        var bytes = [UInt8](repeating: 0, count: 60)
        func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
            for index in 0..<Value.bitWidth / 8 {
                bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
            }
        }
        let physicalPerLogical = disk.physicalBlockSize / disk.logicalBlockSize
        put(disk.byteCount / 512, at: 0)
        put(Self.maximumSegmentByteCount, at: 8)
        put(UInt32(BlockRequest.maximumSegments - 4), at: 12)
        put(disk.logicalBlockSize, at: 20)
        put(UInt8(physicalPerLogical.trailingZeroBitCount & 31), at: 24)
        put(UInt16(clamping: physicalPerLogical), at: 26)
        // The optimal transfer, in logical blocks: 1 MiB, so that the guest sends large requests.
        put((1 << 20) / disk.logicalBlockSize, at: 28)
        put(queueCount, at: 34)
        put(Self.maximumRangeSectors, at: 36)
        put(UInt32(1), at: 40)
        put(disk.discardByteCount / 512, at: 44)
        put(Self.maximumRangeSectors, at: 48)
        put(UInt32(1), at: 52)
        // A write of zeros may release the space: holes read as zeros.
        put(UInt8(1), at: 56)
        self.bytes = bytes
    }

    func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        width.value(at: offset, of: bytes)
    }
}
