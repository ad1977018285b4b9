// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Configuration
internal import DiskImage
internal import Host
internal import Machine

/// Makes the parts of a machine out of its configuration and the descriptors that came with it.
struct MachineBuilder {
    let configuration: MachineConfiguration
    /// The host refuses io_uring, so disks use Linux AIO.
    private let deniesRing: Bool
    let groups = ThrottleGroups()

    /// More queues than vCPUs that share one thread gain nothing.
    private static let maximumQueues = 64
    private static let ownDescriptors = 512
    /// More are never needed at a time: what a fid needs is opened again.
    private static let maximumShareDescriptors = 16 << 10

    init(_ configuration: MachineConfiguration) {
        self.configuration = configuration
        deniesRing = !Self.hostAllowsRing()
        if !configuration.shares.isEmpty { ProcessLimits.clearFileModeMask() }
        if deniesRing && !configuration.disks.isEmpty {
            Message.print("this host denies io_uring: disks use Linux AIO, which is slower")
        }
    }

    func parts() throws(BuildError) -> MachineParts {
        let topology = configuration.processors.effectiveTopology
        let board: Board.ProcessorTopology
        do {
            board = try Board.ProcessorTopology(
                sockets: topology.sockets, cores: topology.cores, threads: topology.threads)
        } catch { throw BuildError("processors", "\(error)") }
        var parts = MachineParts(
            topology: board, memoryByteCount: configuration.memory.byteCount, boot: try bootSource())
        parts.isMergeable = configuration.memory.mergeable
        parts.usesHugePages = configuration.memory.hugePages
        parts.hasPanicDevice = configuration.panicDevice
        parts.hasDebugExit = configuration.debugExit
        parts.identifier = MachineIdentifier(machine: configuration.name)
        parts.sharesMemory = !configuration.fileSystems.isEmpty
        parts.devices = try devices()
        return parts
    }

    private func bootSource() throws(BuildError) -> BootSource {
        let boot = configuration.boot
        if let firmware = boot.firmware {
            guard let image = try openFile(firmware.image, "firmware") else {
                throw BuildError("firmware", "no descriptor of its image was given")
            }
            // Disks are the first of the devices, so that their positions are the same.
            return .firmware(
                FirmwareSource(
                    image: image, variables: try openFile(firmware.variables, "firmware's variables"),
                    bootOrder: configuration.bootOrder))
        }
        guard let kernel = try openFile(boot.kernel, "kernel") else {
            throw BuildError("kernel", "no descriptor of it was given")
        }
        return .kernel(
            KernelSource(kernel: kernel, initrd: try openFile(boot.initrd, "initrd"), commandLine: boot.commandLine))
    }

    private func openFile(_ resource: Resource?, _ object: String) throws(BuildError) -> OpenFile? {
        guard let resource else { return nil }
        do { return try OpenFile(owning: try take(resource, object)) } catch let error as BuildError {
            throw error
        } catch { throw BuildError(object, "\(error)") }
    }

    private func devices() throws(BuildError) -> [MachineParts.NamedDevice] {
        var devices: [MachineParts.NamedDevice] = []
        for (index, disk) in configuration.disks.enumerated() { devices.append(try block(disk, index)) }
        for index in configuration.networks.indices { devices.append(try network(index)) }
        if !configuration.channels.isEmpty { devices.append(try console()) }
        if configuration.entropy { devices.append(try entropy()) }
        if let balloon = configuration.balloon { devices.append(try self.balloon(balloon)) }
        for (index, share) in configuration.shares.enumerated() { devices.append(try self.share(share, index)) }
        for (index, fileSystem) in configuration.fileSystems.enumerated() {
            devices.append(try self.fileSystem(fileSystem, index))
        }
        return devices
    }

    private func console() throws(BuildError) -> MachineParts.NamedDevice {
        do {
            let ports = try configuration.channels.map { channel in
                ConsolePort(
                    name: channel.name,
                    endpoint: try ConsoleEndpoint(listeningOn: try take(channel.socket, "channel \(channel.name)")))
            }
            return .init(
                name: "con0", device: try VirtioConsole(console: nil, ports: ports), filter: ThreadFilters.console)
        } catch let error as BuildError {
            throw error
        } catch { throw BuildError("channels", "\(error)") }
    }

    private func block(_ disk: DiskConfiguration, _ index: Int) throws(BuildError) -> MachineParts.NamedDevice {
        do {
            let queueCount = disk.queueCount ?? min(configuration.processors.count, Self.maximumQueues)
            let device: VirtioBlock
            if disk.format == .raw {
                let image = try RawImage(owning: try take(disk.source, disk.displayName), isReadOnly: disk.readOnly)
                device = try VirtioBlock(
                    image: image, serial: disk.serial ?? "", queueCount: queueCount, deniesRing: deniesRing)
            } else {
                device = try VirtioBlock(
                    chain: try chain(disk), serial: disk.serial ?? "", queueCount: queueCount, deniesRing: deniesRing)
            }
            if let throttling = disk.throttling { device.throttleGroup = groups.group(throttling, of: index) }
            return .init(
                name: "blk\(index)", device: device, filter: ThreadFilters.block,
                companionFilter: ThreadFilters.imageChain)
        } catch let error as BuildError {
            throw error
        } catch { throw BuildError("disk \(disk.displayName)", "\(error)") }
    }

    private func share(_ share: ShareConfiguration, _ index: Int) throws(BuildError) -> MachineParts.NamedDevice {
        let object = "share \(share.tag)"
        guard let owners = share.owners else { throw BuildError(object, "what becomes of owners was not said") }
        do {
            let device = try VirtioNineP(
                tag: share.tag, directory: try take(share.source, object), owners: owners,
                isReadOnly: share.readOnly, descriptorLimit: descriptorLimit)
            return .init(
                name: "9p\(index)", device: device, filter: ThreadFilters.share(isReadOnly: share.readOnly))
        } catch let error as BuildError {
            throw error
        } catch { throw BuildError(object, "\(error)") }
    }

    /// Each share's part of the descriptors that this process may have; the rest of the machine takes few.
    private var descriptorLimit: Int {
        ProcessLimits.descriptors.map { (Int(clamping: $0) - Self.ownDescriptors) / configuration.shares.count }
            .map { min($0, Self.maximumShareDescriptors) } ?? 0
    }

    private func entropy() throws(BuildError) -> MachineParts.NamedDevice {
        do {
            return .init(name: "rng0", device: try VirtioEntropy(), filter: ThreadFilters.entropy)
        } catch { throw BuildError("entropy source", "\(error)") }
    }

    private func balloon(_ balloon: BalloonConfiguration) throws(BuildError) -> MachineParts.NamedDevice {
        do {
            let device = try VirtioBalloon(
                memoryByteCount: configuration.memory.byteCount, deflatesOnOOM: balloon.deflateOnOOM,
                reportsFreePages: balloon.freePageReporting)
            return .init(name: MonitorBalloon.deviceName, device: device, filter: ThreadFilters.balloon)
        } catch { throw BuildError("balloon", "\(error)") }
    }

    private func fileSystem(
        _ fileSystem: FileSystemConfiguration, _ index: Int
    ) throws(BuildError) -> MachineParts.NamedDevice {
        let object = "virtio-fs \(fileSystem.tag)"
        let backend = try take(fileSystem.source, object)
        do {
            let device = try VirtioFileSystem(tag: fileSystem.tag, backend: backend)
            return .init(name: "fs\(index)", device: device, filter: ThreadFilters.vhostUser)
        } catch { throw BuildError(object, "\(error)") }
    }

    /// Takes ownership of a descriptor that the launcher handed over.
    private func take(_ resource: Resource, _ object: String) throws(BuildError) -> Descriptor {
        try Self.take(resource, object)
    }

    static func take(_ resource: Resource, _ object: String) throws(BuildError) -> Descriptor {
        switch resource {
        case .descriptor(let number): return try Inherited.take(number, object)
        case .path(let path): throw BuildError(object, "\(path) is a path; this process takes open descriptors only")
        }
    }

    private static func hostAllowsRing() -> Bool {
        (try? IORing(entries: 1, allowing: [.read])) != nil
    }
}
