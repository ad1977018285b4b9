// SPDX-License-Identifier: Apache-2.0
package import Board
package import Host

/// What a machine is made of, before it is one.
package struct MachineParts {
    package var topology: ProcessorTopology
    package var memoryByteCount: UInt64
    package var isMergeable = false
    package var usesHugePages = false
    /// Another process serves a device and must see the memory.
    package var sharesMemory = false
    package var boot: BootSource
    package var devices: [NamedDevice] = []
    package var hasPanicDevice = true
    package var hasDebugExit = false
    /// The UUID that the guest reads.
    package var identifier = MachineIdentifier(machine: "")

    package init(topology: ProcessorTopology, memoryByteCount: UInt64, boot: BootSource) {
        self.topology = topology
        self.memoryByteCount = memoryByteCount
        self.boot = boot
    }

    /// A virtio device, what its thread is called, and what that thread may do.
    package struct NamedDevice: Sendable {
        /// At most 12 bytes: also the thread's name, with a number behind it where there are several.
        package let name: String
        package let device: any ThreadedDevice
        package let filter: SeccompFilter
        /// What the device's further threads may do.
        package let companionFilter: SeccompFilter

        /// - Parameter companionFilter: `filter` by default.
        package init(
            name: String, device: any ThreadedDevice, filter: SeccompFilter, companionFilter: SeccompFilter? = nil
        ) {
            self.name = name
            self.device = device
            self.filter = filter
            self.companionFilter = companionFilter ?? filter
        }

        /// What the thread at `index` of `count` is called: `net0` where it is the only one, else `net0.1`.
        package func threadName(_ index: Int, of count: Int) -> String { count == 1 ? name : "\(name).\(index)" }
    }
}
