// SPDX-License-Identifier: Apache-2.0

/// The device status field (virtio 1.2 §2.1).
struct VirtioStatus: OptionSet {
    let rawValue: UInt8
    static let acknowledge = VirtioStatus(rawValue: 1)
    static let driver = VirtioStatus(rawValue: 2)
    static let driverOK = VirtioStatus(rawValue: 4)
    static let featuresOK = VirtioStatus(rawValue: 8)
    static let needsReset = VirtioStatus(rawValue: 64)
    static let failed = VirtioStatus(rawValue: 128)
}
