// SPDX-License-Identifier: Apache-2.0

/// What the board's tables depend on.
package struct BoardConfiguration: Equatable, Sendable {
    /// The version of the board's ABI: slots, capability order, tables. Frozen in golden files.
    package static let version = 1

    package var map: AddressMap
    package var topology: ProcessorTopology
    /// Whether COM1 is there.
    package var hasSerial: Bool
    /// Whether the port of `pvpanic` is there.
    package var hasPanicDevice: Bool
    /// The machine's UUID.
    package var identifier: MachineIdentifier
    /// The window for 64-bit BARs: the map's, or another one that firmware has chosen.
    package var pciWindow64: AddressRange

    package init(
        map: AddressMap, topology: ProcessorTopology, hasSerial: Bool = true, hasPanicDevice: Bool = true,
        identifier: MachineIdentifier = MachineIdentifier(machine: "")
    ) {
        self.map = map
        self.topology = topology
        self.hasSerial = hasSerial
        self.hasPanicDevice = hasPanicDevice
        self.identifier = identifier
        pciWindow64 = map.pciWindow64
    }

    /// The same board after firmware has placed the BARs: the window becomes what holds those above 4 GiB, in whole GiB,
    /// where they are not all in the window of the map.
    ///
    /// - Parameter bars: What the guest wrote; a range that no processor addresses does not count.
    package func following(_ bars: [AddressRange]) -> BoardConfiguration {
        let high = bars.filter { $0.start >= AddressMap.highMemoryStart && $0.end <= Self.addressLimit }
        guard let start = high.map(\.start).min()?.roundedDown(to: Self.windowUnit),
            let end = high.map(\.end).max()?.roundedUp(to: Self.windowUnit),
            !high.allSatisfy({ map.pciWindow64.contains($0) })
        else { return self }
        var board = self
        board.pciWindow64 = AddressRange(start: start, byteCount: end - start)
        return board
    }

    private static let addressLimit: UInt64 = 1 << 52
    private static let windowUnit: UInt64 = 1 << 30
}
