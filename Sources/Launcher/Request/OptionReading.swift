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
        if request.kernel == nil {
            mistakes.append(
                ConfigurationError(.missing, "--kernel", found: "no kernel", remedy: "write --kernel PATH"))
        }
        readSingle(request)
        readLists(request)
    }

    /// Everything that is wrong, where anything is: with the options, with what they say, and with the files.
    var problems: [LaunchProblem] {
        let invalid = Set(machine.problems(for: .launcher).map(\.object))
        // No kernel is one mistake, and not an empty path as well.
        let isKernelMissing = mistakes.contains { $0.kind == .missing && $0.object == "--kernel" }
        let judged = machine.problems(for: .launcher, calling: places.name)
            .filter { !(isKernelMissing && $0.object == "--kernel") }
        let all = mistakes + judged
        if all.isEmpty { return [] }
        let files = Preparation(remainder(without: invalid))
        files.inspectFiles()
        return all.map { LaunchProblem($0, exitCode: .usage) } + files.problems
    }

    private mutating func readSingle(_ request: LaunchRequest) {
        if let text = request.memory {
            let memory = read { () throws(ConfigurationError) in try MemoryConfiguration(option: text) }
            isMemoryRead = memory != nil
            machine.memory = memory ?? .init()
        }
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
        (machine.shares, places.shares) = readList(request.shares) { text throws(ConfigurationError) in
            try ShareConfiguration(option: text)
        }
        places.counts = (
            request.disks.count, request.networks.count, request.channels.count, request.shares.count
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
        if places.contains("boot.initrd") { rest.boot.initrd = nil }
        if places.contains("boot.commandLine") { rest.boot.commandLine = "" }
        if !isMemoryRead || places.contains("memory.byteCount") {
            rest.memory.byteCount = MemoryConfiguration.maximumByteCount
        }
        for index in rest.disks.indices where places.contains("disks[\(index)].source") {
            rest.disks[index].source = ignored
        }
        for index in rest.shares.indices where places.contains("shares[\(index)].source") {
            rest.shares[index].source = ignored
        }
        return rest
    }
}
