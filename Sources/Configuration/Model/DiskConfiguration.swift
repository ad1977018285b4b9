// SPDX-License-Identifier: Apache-2.0

/// A disk of the machine (virtio-blk) and the image behind it.
package struct DiskConfiguration: Equatable, Sendable {
    /// The longest serial number that virtio-blk carries, in bytes (virtio 1.2 §5.2.6, VIRTIO_BLK_T_GET_ID).
    package static let maximumSerialByteCount = 20
    /// How many request queues a disk may have.
    package static let allowedQueueCounts = 1...64
    /// What a place in the boot order may be.
    package static let allowedBootIndices = 0...9999

    /// The image: a file or a block device.
    package var source: Resource
    /// The layout of the image.
    package var format: DiskFormat
    /// The images below, the next one first; empty where there is none. The launcher takes `nil` as what the headers of
    /// the images say, as far as their folders are allowed; the machine's process takes it as none.
    package var backing: [LayerConfiguration]?
    /// The file that a qcow2 image keeps the guest's data in, where it does not do so itself. The launcher takes `nil` as
    /// what the header says.
    package var dataFile: Resource?
    /// Whether the guest may only read.
    package var readOnly: Bool
    /// The serial number that the guest reads: at most 20 bytes of printable ASCII.
    package var serial: String?
    /// Number of request queues, or `nil` to leave it to the machine.
    package var queueCount: Int?
    /// The disk's place in the order from which firmware tries to start, lowest first; disks without one come last.
    package var bootIndex: Int?
    /// What the disk may do in a second; `nil` for all that it can.
    package var throttling: ThrottleConfiguration?
    /// What to call the image in messages and in the monitor when `source` is a descriptor; a path, by habit.
    package var label: String?

    /// Makes a disk over `source`.
    package init(
        source: Resource, format: DiskFormat, backing: [LayerConfiguration]? = nil, dataFile: Resource? = nil,
        readOnly: Bool = false, serial: String? = nil, queueCount: Int? = nil, bootIndex: Int? = nil,
        label: String? = nil
    ) {
        self.source = source
        self.format = format
        self.backing = backing
        self.dataFile = dataFile
        self.readOnly = readOnly
        self.serial = serial
        self.queueCount = queueCount
        self.bootIndex = bootIndex
        self.label = label
    }

    /// What to call the image in messages: its label, else its path, else its descriptor.
    package var displayName: String {
        if let label { return label }
        switch source {
        case .path(let path): return path
        case .descriptor(let number): return "descriptor \(number)"
        }
    }
}
