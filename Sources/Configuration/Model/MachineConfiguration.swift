// SPDX-License-Identifier: Apache-2.0

/// All that makes one virtual machine: the launcher fills it in from its options or from a file, and hands it to the
/// machine's process as JSON.
///
/// Any value can be made; `problems(for:)` says what keeps it from being run.
package struct MachineConfiguration: Equatable, Sendable {
    /// The longest name of a machine, in bytes.
    package static let maximumNameByteCount = 255
    /// The most disks (cloud-init's among them), network cards, shares and file systems that a machine has together.
    package static let maximumDeviceCount = 24
    /// The most descriptors that the queue pairs of all network cards take together: a process is handed 256.
    package static let maximumNetworkDescriptorCount = 128
    /// The most images below the disks' own, data files among them, over all disks: a process is handed 256 descriptors.
    package static let maximumLayerCount = 64
    /// The most channels of a machine; the console's own port comes on top.
    package static let maximumChannelCount = 30
    /// What a machine is called when nobody names it.
    package static let defaultName = "apus"

    /// What the machine is called in messages and in the monitor.
    package var name: String
    /// The vCPUs.
    package var processors: ProcessorConfiguration
    /// The RAM.
    package var memory: MemoryConfiguration
    /// What the machine starts.
    package var boot: BootConfiguration
    /// The disks, in the order in which the guest finds them.
    package var disks: [DiskConfiguration]
    /// Folders in which the headers of images may name others, beside the folders of the disks' own images. Only the
    /// launcher takes them.
    package var imageFolders: [String]
    /// What cloud-init in the guest is given. Only the launcher takes it, and makes a disk of it.
    package var seed: SeedConfiguration?
    /// The network cards, in the order in which the guest finds them.
    package var networks: [NetworkConfiguration]
    /// Where the console leads.
    package var console: ConsoleConfiguration
    /// The named ports of virtio-console.
    package var channels: [ChannelConfiguration]
    /// The directories that the guest can mount.
    package var shares: [ShareConfiguration]
    /// The socket of the monitor (QMP), when there is one. A descriptor is a listening socket.
    package var monitor: Resource?
    /// Whether the guest can end the machine by a write to port 0xf4.
    package var debugExit: Bool
    /// Whether the guest has a source of entropy (virtio-rng).
    package var entropy: Bool
    /// Whether the guest can report a panic (pvpanic).
    package var panicDevice: Bool
    /// The balloon, when there is one.
    package var balloon: BalloonConfiguration?
    /// The folders that virtiofsd shares with the guest, in the order in which the guest finds them.
    package var fileSystems: [FileSystemConfiguration]
    /// The KVM device; the launcher takes `nil` as `/dev/kvm`.
    package var kvm: Resource?

    /// Makes a machine with the defaults for all that is not given.
    package init(
        name: String = MachineConfiguration.defaultName, processors: ProcessorConfiguration = .init(),
        memory: MemoryConfiguration = .init(), boot: BootConfiguration, disks: [DiskConfiguration] = [],
        imageFolders: [String] = [], networks: [NetworkConfiguration] = [], console: ConsoleConfiguration = .terminal,
        channels: [ChannelConfiguration] = [], shares: [ShareConfiguration] = [], monitor: Resource? = nil,
        debugExit: Bool = false, entropy: Bool = true, panicDevice: Bool = true,
        balloon: BalloonConfiguration? = nil, fileSystems: [FileSystemConfiguration] = [], kvm: Resource? = nil,
        seed: SeedConfiguration? = nil
    ) {
        self.name = name
        self.processors = processors
        self.memory = memory
        self.boot = boot
        self.disks = disks
        self.imageFolders = imageFolders
        self.seed = seed
        self.networks = networks
        self.console = console
        self.channels = channels
        self.shares = shares
        self.monitor = monitor
        self.debugExit = debugExit
        self.entropy = entropy
        self.panicDevice = panicDevice
        self.balloon = balloon
        self.fileSystems = fileSystems
        self.kvm = kvm
    }

    /// The disks by position, in the order in which firmware tries to start from them.
    package var bootOrder: [Int] {
        disks.indices.sorted { (disks[$0].bootIndex ?? .max, $0) < (disks[$1].bootIndex ?? .max, $1) }
    }

    /// All sockets that are to be listened on: of the channels, the monitor and the console.
    package var sockets: [Resource] {
        var sockets = channels.map(\.socket)
        if let monitor { sockets.append(monitor) }
        if case .socket(let socket) = console { sockets.append(socket) }
        return sockets
    }

    /// The address of the card at `index`: the one given, else one derived from the machine's name and `index`.
    ///
    /// - Parameter index: A position in `networks`.
    package func macAddress(ofNetwork index: Int) -> MACAddress {
        networks[index].mac ?? MACAddress(machine: name, index: index)
    }
}
