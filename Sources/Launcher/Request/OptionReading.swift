// SPDX-License-Identifier: Apache-2.0
internal import Configuration

/// The options of a request as far as they can be read, and all that is wrong with them.
struct OptionReading {
    /// What could be read; defaults stand for the rest.
    private(set) var machine: MachineConfiguration
    private var mistakes: [ConfigurationError] = []
    private var places = OptionPlaces()
    private var isMemoryRead = true

    init(_ request: LaunchRequest) {
        machine = MachineConfiguration(
            boot: BootConfiguration(
                kernel: .path(request.kernel ?? ""), initrd: request.initrd.map { .path($0) },
                commandLine: request.commandLine ?? ""),
            monitor: request.monitor.map { .path($0) }, debugExit: request.debugExit)
        if let name = request.name { machine.name = name }
        mistakes = request.repetitions
        readFirmware(request)
        readSeed(request)
        readSingle(request)
        readBalloon(request)
        readLists(request)
    }

    /// Everything that is wrong, where anything is: with the options, with what they say, and with the files.
    var problems: [LaunchProblem] {
        let invalid = Set(machine.problems(for: .launcher).map(\.object))
        // No kernel, or a firmware that cannot be read, is one mistake, and not an empty path as well.
        let isKernelMissing =
            machine.boot.kernel == .path("")
            && mistakes.contains {
                $0.object.hasPrefix("--kernel") || $0.object.hasPrefix("--firmware")
            }
        let judged = machine.problems(for: .launcher, calling: places.name)
            .filter { !(isKernelMissing && $0.object == "--kernel") }
        let all = mistakes + judged
        if all.isEmpty { return [] }
        let files = Preparation(remainder(without: invalid))
        files.inspectFiles()
        return all.map { LaunchProblem($0, exitCode: .usage) } + files.problems
    }

    /// Where neither a kernel nor a firmware is given, the machine starts from its disks as any PC does.
    private mutating func readFirmware(_ request: LaunchRequest) {
        if let text = request.firmware {
            machine.boot.firmware = read { () throws(ConfigurationError) in try FirmwareConfiguration(option: text) }
        } else if request.kernel == nil, !request.disks.isEmpty {
            machine.boot.firmware = FirmwareConfiguration(kind: .bios)
        }
        if request.kernel != nil { return }
        if machine.boot.firmware != nil {
            machine.boot.kernel = nil
        } else if request.firmware == nil {
            mistakes.append(
                ConfigurationError(
                    .missing, "--kernel", found: "neither a kernel nor a disk to start from",
                    remedy: "write --kernel PATH or --disk PATH,format=raw (or qcow2)"))
        }
    }

    private mutating func readSeed(_ request: LaunchRequest) {
        if let userData = request.userData {
            machine.seed = SeedConfiguration(
                userData: .path(userData), metaData: request.metaData.map { .path($0) },
                networkConfiguration: request.networkConfiguration.map { .path($0) })
        } else if request.metaData != nil || request.networkConfiguration != nil {
            mistakes.append(
                ConfigurationError(
                    .missing, "--user-data", found: "meta-data or a network configuration without user data",
                    remedy: "write --user-data PATH; a file with #cloud-config alone does nothing"))
        }
    }

    private mutating func readSingle(_ request: LaunchRequest) {
        if let text = request.memory {
            let memory = read { () throws(ConfigurationError) in try MemoryConfiguration(option: text) }
            isMemoryRead = memory != nil
            machine.memory = memory ?? .init()
        }
        machine.imageFolders = request.imageFolders
        machine.memory.hugePages = request.hugePages
        machine.memory.mergeable = request.mergeable
        if let text = request.processors {
            machine.processors =
                read { () throws(ConfigurationError) in try ProcessorConfiguration(option: text) } ?? .init()
        }
        if let text = request.console {
            machine.console =
                read { () throws(ConfigurationError) in try ConsoleConfiguration(option: text) } ?? .terminal
        }
    }

    private mutating func readBalloon(_ request: LaunchRequest) {
        guard let text = request.balloon else { return }
        machine.balloon = read { () throws(ConfigurationError) in try BalloonConfiguration(option: text) }
    }

    private mutating func readLists(_ request: LaunchRequest) {
        (machine.disks, places.disks) = readList(request.disks) { text throws(ConfigurationError) in
            try DiskConfiguration(option: text)
        }
        (machine.networks, places.networks) = readList(request.networks) { text throws(ConfigurationError) in
            try NetworkConfiguration(option: text)
        }
        (machine.channels, places.channels) = readList(request.channels) { text throws(ConfigurationError) in
            try ChannelConfiguration(option: text)
        }
        (machine.fileSystems, places.fileSystems) = readList(request.fileSystems) { text throws(ConfigurationError) in
            try FileSystemConfiguration(option: text)
        }
        (machine.shares, places.shares) = readList(request.shares) { text throws(ConfigurationError) in
            try ShareConfiguration(option: text)
        }
        places.counts = (
            request.disks.count, request.networks.count, request.channels.count, request.fileSystems.count,
            request.shares.count
        )
    }

    private mutating func readList<Value>(
        _ texts: [String], _ body: (String) throws(ConfigurationError) -> Value
    ) -> (values: [Value], numbers: [Int]) {
        var values: [Value] = []
        var numbers: [Int] = []
        for (index, text) in texts.enumerated() {
            guard let value = read({ () throws(ConfigurationError) in try body(text) }) else { continue }
            values.append(value)
            numbers.append(index + 1)
        }
        return (values, numbers)
    }

    private mutating func read<Value>(_ body: () throws(ConfigurationError) -> Value) -> Value? {
        do throws(ConfigurationError) {
            return try body()
        } catch {
            mistakes.append(error)
            return nil
        }
    }

    /// A machine of the files that were named rightly. What a kernel is measured against and is not known keeps none
    /// from passing.
    private func remainder(without places: Set<String>) -> MachineConfiguration {
        // A descriptor is not looked at.
        let ignored = Resource.descriptor(-1)
        var rest = machine
        if places.contains("boot.kernel") { rest.boot.kernel = ignored }
        if places.contains("boot.firmware.image") || places.contains("boot.firmware.variables") {
            rest.boot.firmware = nil
        }
        if places.contains("boot.initrd") { rest.boot.initrd = nil }
        if places.contains("boot.commandLine") { rest.boot.commandLine = "" }
        if !isMemoryRead || places.contains("memory.byteCount") {
            rest.memory.byteCount = MemoryConfiguration.maximumByteCount
        }
        if places.contains(where: { $0.hasPrefix("seed.") }) { rest.seed = nil }
        for index in rest.disks.indices where places.contains("disks[\(index)].source") {
            rest.disks[index].source = ignored
        }
        for index in rest.shares.indices where places.contains("shares[\(index)].source") {
            rest.shares[index].source = ignored
        }
        return rest
    }
}
