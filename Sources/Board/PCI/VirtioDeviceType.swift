// SPDX-License-Identifier: Apache-2.0

/// What a virtio device is, by its number (virtio 1.2 §5).
package enum VirtioDeviceType: UInt16, Sendable, CaseIterable {
    case network = 1
    case block = 2
    case console = 3
    case entropy = 4
    case balloon = 5
    case nineP = 9
    case fileSystem = 26

    /// The PCI class that QEMU gives the device; 24 bits.
    package var classCode: UInt32 {
        switch self {
        case .network: 0x020000
        case .block: 0x010000
        case .console: 0x078000
        case .fileSystem: 0x018000
        case .entropy, .balloon: 0x00ff00
        case .nineP: 0x000200
        }
    }
}
