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

    package init(
        map: AddressMap, topology: ProcessorTopology, hasSerial: Bool = true, hasPanicDevice: Bool = true,
        identifier: MachineIdentifier = MachineIdentifier(machine: "")
    ) {
        self.map = map
        self.topology = topology
        self.hasSerial = hasSerial
        self.hasPanicDevice = hasPanicDevice
        self.identifier = identifier
    }
}
