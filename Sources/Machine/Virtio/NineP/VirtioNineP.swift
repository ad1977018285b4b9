// SPDX-License-Identifier: Apache-2.0
package import Configuration
package import Host

/// A directory of the host (virtio's device 9, "9P transport"), served to the guest by one thread of its own.
package final class VirtioNineP: WorkerDevice {
    package let deviceID: UInt16 = 9
    package let offeredFeatures = VirtioFeature.common | VirtioNineP.mountTagFeature
    package let queueSizes: [UInt16] = [NinePServer.queueSize]
    package let wires: VirtioWires
    let worker: RequestWorker<NinePServer>
    let mailbox: Mailbox
    /// Length (2 bytes) and text of the tag.
    private let configuration: [UInt8]

    private static let mountTagFeature: UInt64 = 1 << 0

    /// Prepares the device; its thread calls `begin()`.
    ///
    /// - Parameters:
    ///   - tag: What the guest mounts the directory by; at most 65,535 bytes.
    ///   - directory: A place (O_PATH) is enough.
    ///   - descriptorLimit: How many descriptors the device may hold at a time.
    package init(
        tag: String, directory: consuming Descriptor, owners: ShareOwners, isReadOnly: Bool, descriptorLimit: Int
    ) throws(SystemCallError) {
        let server: NinePServer
        do throws(NinePError) {
            server = try NinePServer(
                directory: directory, owners: owners, isReadOnly: isReadOnly, descriptorLimit: descriptorLimit)
        } catch { throw SystemCallError(call: "statx", code: error.code) }
        var configuration = NinePWriter(type: 0, tag: 0)
        configuration.append(text: Array(tag.utf8))
        self.configuration = [UInt8](configuration.message().dropFirst(NinePWriter.headerByteCount))
        wires = try VirtioWires(queueCount: 1)
        mailbox = try Mailbox()
        worker = try RequestWorker(server, wires: wires, mailbox: mailbox)
    }

    package func readConfiguration(at offset: UInt64, width: AccessWidth) -> UInt64 {
        width.value(at: offset, of: configuration)
    }

    package func writeConfiguration(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        // The tag is the device's.
    }

    package var deviceStateBytes: [UInt8] { worker.service.state.encoded }

    package func restoreDeviceState(_ bytes: [UInt8]) throws(StateError) {
        let state = try NinePState(encoded: bytes)
        let worker = worker
        let outcome = RestoreOutcome()
        mailbox.perform {
            do throws(StateError) { try worker.service.restore(state) } catch { outcome.error = error }
        }
        if let error = outcome.error { throw error }
    }

    /// What the device's thread says of a state; written before `perform` returns, and read after.
    private final class RestoreOutcome: @unchecked Sendable {
        var error: StateError?
    }
}
