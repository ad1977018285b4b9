// SPDX-License-Identifier: Apache-2.0

/// Which frames a network card passes on to its driver (virtio 1.2 §5.1.6.5.1, §5.1.6.5.2).
///
/// Addresses are numbers of 48 bits whose highest byte is the first on the wire. The decisions are those of QEMU.
package struct ReceiveFilter: Equatable, Sendable {
    /// The most addresses of each kind that are kept; with more, every frame of that kind passes.
    package static let capacity = 64
    static let broadcast: UInt64 = 0xFFFF_FFFF_FFFF
    private static let groupBit: UInt64 = 0x0100_0000_0000

    /// What a driver switches on and off.
    package struct Mode: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let promiscuous = Mode(rawValue: 1)
        package static let allMulticast = Mode(rawValue: 2)
        package static let allUnicast = Mode(rawValue: 4)
        package static let noMulticast = Mode(rawValue: 8)
        package static let noUnicast = Mode(rawValue: 16)
        package static let noBroadcast = Mode(rawValue: 32)
        static let all = Mode(rawValue: 63)
    }

    /// Everything, until a driver that can choose has chosen.
    package var mode: Mode = .promiscuous
    /// The card's own address.
    package var address: UInt64
    package private(set) var unicast: [UInt64] = []
    package private(set) var multicast: [UInt64] = []
    /// The driver named more addresses than are kept.
    package private(set) var hasUnicastOverflow = false
    package private(set) var hasMulticastOverflow = false

    package init(address: UInt64) {
        self.address = address
    }

    /// Replaces the table of single addresses; `nil` where there are too many.
    mutating func setUnicast(_ addresses: [UInt64]?) {
        unicast = addresses ?? []
        hasUnicastOverflow = addresses == nil
    }

    /// Replaces the table of group addresses; `nil` where there are too many.
    mutating func setMulticast(_ addresses: [UInt64]?) {
        multicast = addresses ?? []
        hasMulticastOverflow = addresses == nil
    }

    /// Whether a frame for `destination` reaches the driver.
    func accepts(_ destination: UInt64) -> Bool {
        if mode.contains(.promiscuous) { return true }
        if destination == Self.broadcast { return !mode.contains(.noBroadcast) }
        if destination & Self.groupBit != 0 {
            if mode.contains(.noMulticast) { return false }
            return mode.contains(.allMulticast) || hasMulticastOverflow || multicast.contains(destination)
        }
        if mode.contains(.noUnicast) { return false }
        return destination == address || mode.contains(.allUnicast) || hasUnicastOverflow
            || unicast.contains(destination)
    }
}
