// SPDX-License-Identifier: Apache-2.0

/// Feature bits of a block device (virtio 1.2 §5.2.3).
enum BlockFeature {
    static let sizeMaximum: UInt64 = 1 << 1
    static let segmentMaximum: UInt64 = 1 << 2
    static let readOnly: UInt64 = 1 << 5
    static let blockSize: UInt64 = 1 << 6
    static let flush: UInt64 = 1 << 9
    static let topology: UInt64 = 1 << 10
    static let multipleQueues: UInt64 = 1 << 12
    static let discard: UInt64 = 1 << 13
    static let writeZeroes: UInt64 = 1 << 14
}
