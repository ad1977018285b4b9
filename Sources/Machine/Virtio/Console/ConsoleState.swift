// SPDX-License-Identifier: Apache-2.0

/// What a console carries to another process beside its queues.
struct ConsoleState: DeviceState {
    /// The driver has said that it is ready for ports.
    var isReady = false
    /// A `PortState` per port.
    var ports: [UInt8] = []
    /// Per port, the bytes of the first chain to be sent that were sent already.
    var sentByteCounts: [UInt64] = []

    static let fields: [StateField<ConsoleState>] = [
        StateField(1, \.isReady),
        StateField(2, \.ports, maximum: VirtioConsole.maximumPorts + 1),
        StateField(3, \.sentByteCounts, maximum: VirtioConsole.maximumPorts + 1),
    ]
}
