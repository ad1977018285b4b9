// SPDX-License-Identifier: Apache-2.0
internal import Configuration

extension LaunchRequest {
    /// Reads every option, so that all mistakes are told at once.
    func fromOptions() throws(LaunchProblems) -> MachineConfiguration {
        var mistakes: [ConfigurationError] = []
        func read<Value>(_ body: () throws(ConfigurationError) -> Value) -> Value? {
            do throws(ConfigurationError) {
                return try body()
            } catch {
                mistakes.append(error)
                return nil
            }
        }

        if kernel == nil {
            mistakes.append(
                ConfigurationError(.missing, "--kernel", found: "no kernel", remedy: "write --kernel PATH"))
        }
        var machine = MachineConfiguration(
            boot: BootConfiguration(
                kernel: .path(kernel ?? ""), initrd: initrd.map { .path($0) }, commandLine: commandLine ?? ""),
            monitor: monitor.map { .path($0) }, debugExit: debugExit)
        if let name { machine.name = name }
        if let memory {
            machine.memory = read { () throws(ConfigurationError) in try .init(option: memory) } ?? .init()
        }
        machine.memory.hugePages = hugePages
        machine.memory.mergeable = mergeable
        if let processors {
            machine.processors = read { () throws(ConfigurationError) in try .init(option: processors) } ?? .init()
        }
        if let console {
            machine.console = read { () throws(ConfigurationError) in try .init(option: console) } ?? .terminal
        }
        machine.disks = disks.compactMap { text in
            read { () throws(ConfigurationError) in try DiskConfiguration(option: text) }
        }
        machine.networks = networks.compactMap { text in
            read { () throws(ConfigurationError) in try NetworkConfiguration(option: text) }
        }
        machine.channels = channels.compactMap { text in
            read { () throws(ConfigurationError) in try ChannelConfiguration(option: text) }
        }
        if mistakes.isEmpty { mistakes = machine.problems(for: .launcher) }
        guard mistakes.isEmpty else { throw LaunchProblems(ConfigurationErrors(mistakes), exitCode: .usage) }
        return machine
    }
}
