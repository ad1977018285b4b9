// SPDX-License-Identifier: Apache-2.0
internal import Board

/// What a virtio function carries to another process: its registers, its vectors, its queues, its device's own part.
package struct VirtioPCIState: DeviceState {
    package var configurationSpace: [UInt8] = []
    package var deviceFeatureSelect: UInt32 = 0
    package var driverFeatureSelect: UInt32 = 0
    package var driverFeatures: UInt64 = 0
    package var status: UInt8 = 0
    package var queueSelect: UInt16 = 0
    /// The driver's mistake was met; the device serves no more until it is reset.
    package var isBroken = false
    /// The vector of the configuration, then of each queue.
    package var sourceVectors: [UInt16] = []
    /// Four words for each vector: address low and high, data, control.
    package var vectorTable: [UInt32] = []
    /// For each queue: size and enabled (bit 16), and how far it has come: next available, next used (bits 16 up).
    package var queueWords: [UInt32] = []
    /// For each queue: descriptor, driver and device area.
    package var queueAddresses: [UInt64] = []
    /// The sources whose signal nobody has seen yet, one bit each.
    package var pendingSources: [UInt8] = []
    package var device: [UInt8] = []

    package init() {}

    private static let queueLimit = 64

    package static let fields: [StateField<VirtioPCIState>] = [
        StateField(1, \.configurationSpace, maximum: PCIConfigurationSpace.byteCount),
        StateField(2, \.deviceFeatureSelect), StateField(3, \.driverFeatureSelect), StateField(4, \.driverFeatures),
        StateField(5, \.status), StateField(6, \.queueSelect), StateField(7, \.isBroken),
        StateField(8, \.sourceVectors, maximum: queueLimit + 1),
        StateField(9, \.vectorTable, maximum: 4 * VirtioPCILayout.vectorLimit),
        StateField(10, \.queueWords, maximum: 2 * queueLimit),
        StateField(11, \.queueAddresses, maximum: 3 * queueLimit),
        StateField(12, \.pendingSources, maximum: (queueLimit + 8) / 8 + 1),
        // A shared directory has a path for each file that the guest holds.
        StateField(13, \.device, maximum: NinePState.maximumByteCount),
    ]
}
