// SPDX-License-Identifier: Apache-2.0

extension MachineConfiguration {
    /// All that keeps the configuration from being run by `audience`, in the order of the document; empty when
    /// nothing does. Nothing on the host is looked at.
    ///
    /// - Parameter name: What to call a place of the document such as `disks[1].serial`, for somebody who wrote none.
    package func problems(
        for audience: ConfigurationAudience, calling name: @escaping (String) -> String = { $0 }
    ) -> [ConfigurationError] {
        var inspection = Inspection(audience: audience, name: name)
        inspectMachine(&inspection)
        for (index, disk) in disks.enumerated() {
            disk.inspect(&inspection, at: "disks[\(index)]")
        }
        inspectImageFolders(&inspection)
        inspectNetworks(&inspection)
        inspectConsole(&inspection)
        for (index, channel) in channels.enumerated() {
            channel.inspect(&inspection, at: "channels[\(index)]")
        }
        for (index, share) in shares.enumerated() {
            share.inspect(&inspection, at: "shares[\(index)]")
        }
        if let monitor { inspection.socket(monitor, at: "monitor") }
        balloon?.inspect(&inspection, at: "balloon", with: memory)
        inspectFileSystems(&inspection)
        inspectKVM(&inspection)
        seed?.inspect(&inspection, at: "seed")
        inspectDeviceCounts(&inspection)
        return inspection.errors
    }

    /// Throws what `problems(for:)` returns, unless it is nothing.
    package func validate(for audience: ConfigurationAudience) throws(ConfigurationErrors) {
        let errors = problems(for: audience)
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
    }

    private func inspectMachine(_ inspection: inout Inspection) {
        inspection.length(of: name, in: 1...Self.maximumNameByteCount, at: "name")
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            inspection.report(
                .invalidValue, "name", found: "\(quoted(name)) contains control characters", remedy: "leave them out")
        }
        processors.inspect(&inspection, at: "processors")
        memory.inspect(&inspection, at: "memory")
        boot.inspect(&inspection, at: "boot")
    }

    private func inspectNetworks(_ inspection: inout Inspection) {
        for (index, network) in networks.enumerated() {
            network.inspect(&inspection, at: "networks[\(index)]")
            inspection.once(
                macAddress(ofNetwork: index).description, what: "MAC address", at: "networks[\(index)].mac")
        }
    }

    private func inspectConsole(_ inspection: inout Inspection) {
        switch console {
        case .terminal:
            guard inspection.audience == .machine else { return }
            inspection.report(
                .wrongAudience, "console", found: "the machine's process has no terminal of its own",
                remedy: "hand it descriptors: {\"kind\": \"streams\", \"output\": 1}")
        case .streams(let input, let output):
            inspection.consoleStreams(input: input, output: output)
        case .file(let resource): inspection.file(resource, at: "console.file")
        case .socket(let resource): inspection.socket(resource, at: "console.socket")
        }
    }

    private func inspectKVM(_ inspection: inout Inspection) {
        if let kvm {
            inspection.file(kvm, at: "kvm")
        } else if inspection.audience == .machine {
            inspection.report(
                .missing, "kvm", found: "no descriptor of the KVM device",
                remedy: "open /dev/kvm and write {\"descriptor\": NUMBER}")
        }
    }

    private func inspectImageFolders(_ inspection: inout Inspection) {
        for (index, folder) in imageFolders.enumerated() {
            inspection.file(.path(folder), at: "imageFolders[\(index)]")
        }
    }

    private func inspectDeviceCounts(_ inspection: inout Inspection) {
        let devices = disks.count + networks.count + fileSystems.count + shares.count + (seed == nil ? 0 : 1)
        if devices > Self.maximumDeviceCount {
            inspection.report(
                .outOfRange, "disks, networks, shares and file systems", found: "\(devices) devices",
                remedy: "use at most \(Self.maximumDeviceCount) together")
        }
        let layers = disks.reduce(0) { sum, disk in
            let backing = disk.backing ?? []
            return sum + backing.count + (disk.dataFile == nil ? 0 : 1) + backing.count { $0.dataFile != nil }
        }
        if layers > Self.maximumLayerCount {
            inspection.report(
                .outOfRange, "disks", found: "\(layers) images below the disks' own, their data files counted",
                remedy: "use at most \(Self.maximumLayerCount); apus image rebase or commit makes a chain shorter")
        }
        let queues = networks.reduce(0) { $0 + max(0, min($1.queueCount, 1 << 20)) * ($1.vhost ? 2 : 1) }
        if queues > Self.maximumNetworkDescriptorCount {
            inspection.report(
                .outOfRange, "networks", found: "\(queues) descriptors for their queue pairs, two for each with vhost",
                remedy: "use at most \(Self.maximumNetworkDescriptorCount) together")
        }
        if channels.count > Self.maximumChannelCount {
            inspection.report(
                .outOfRange, "channels", found: "\(channels.count) channels",
                remedy: "use at most \(Self.maximumChannelCount)")
        }
    }
}
