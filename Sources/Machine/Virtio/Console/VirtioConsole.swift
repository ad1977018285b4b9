// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Synchronization

/// A virtio console (virtio 1.2 §5.3): a terminal on port 0 and named ports behind it, served by one thread of its
/// own.
package final class VirtioConsole: WorkerDevice {
    package let deviceID: UInt16 = 3
    package let offeredFeatures: UInt64
    package let queueSizes: [UInt16]
    package let wires: VirtioWires
    let worker: ConsoleWorker
    let mailbox: Mailbox
    private let portCount: Int
    private let channelCount: Int
    // Columns in the low half, rows in the high. Relaxed: the interrupt after a change orders the driver's reads.
    private let size: Atomic<UInt32>

    /// Named ports that a device can have.
    package static let maximumPorts = 30
    static let portQueueSize: UInt16 = 128
    static let controlQueueSize: UInt16 = 64

    /// Prepares the device; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - console: Where port 0 leads; without it there are named ports only.
    ///   - ports: Numbered from 1 in this order.
    package init(
        console: ConsoleEndpoint?, ports: [ConsolePort], columns: UInt16 = 80, rows: UInt16 = 25
    ) throws(SystemCallError) {
        precondition(ports.count <= Self.maximumPorts, "a console has at most 30 named ports")
        portCount = ports.count + 1
        channelCount = ports.count + (console == nil ? 0 : 1)
        queueSizes = (0..<2 * (portCount + 1)).map {
            $0 / 2 == 1 ? Self.controlQueueSize : Self.portQueueSize
        }
        offeredFeatures =
            VirtioFeature.common | ConsoleFeature.multiplePorts | (console == nil ? 0 : ConsoleFeature.size)
        size = Atomic(UInt32(rows) << 16 | UInt32(columns))
        wires = try VirtioWires(queueCount: 2 * (portCount + 1))
        mailbox = try Mailbox()
        worker = try ConsoleWorker(console: console, ports: ports, wires: wires, mailbox: mailbox)
    }

    /// Tells the driver the terminal's new size. Any thread may call it.
    ///
    /// Only the configuration structure changes: drivers disagree about the order of the fields in the control
    /// queue's message for it.
    package func resize(columns: UInt16, rows: UInt16) {
        size.store(UInt32(rows) << 16 | UInt32(columns), ordering: .relaxed)
        wires.configurationChanged()
    }

    /// Columns, rows, the number of ports (§5.3.4).
    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        guard offset < 8 else { return 0 }
        let registers = UInt64(portCount) << 32 | UInt64(size.load(ordering: .relaxed))
        return (registers >> (8 * offset)) & width.allOnes
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // Emergency writes are not offered.
    }

    package var deviceStateBytes: [UInt8] { worker.state.encoded }

    package func restoreDeviceState(_ bytes: [UInt8]) throws(StateError) {
        let state = try ConsoleState(encoded: bytes)
        guard state.ports.count == channelCount, state.ports.allSatisfy({ $0 & ~PortState.all.rawValue == 0 }) else {
            throw .invalidValue(id: 2)
        }
        guard state.sentByteCounts.count == channelCount else { throw .invalidValue(id: 3) }
        let worker = worker
        mailbox.perform { worker.state = state }
    }
}
