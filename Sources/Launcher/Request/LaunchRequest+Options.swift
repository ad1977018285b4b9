// SPDX-License-Identifier: Apache-2.0
internal import Configuration

extension LaunchRequest {
    /// Reads every option, so that all mistakes are told at once; the files are looked at only to tell theirs too.
    func fromOptions() throws(LaunchProblems) -> MachineConfiguration {
        let reading = OptionReading(self)
        let problems = reading.problems
        guard problems.isEmpty else { throw LaunchProblems(problems) }
        return reading.machine
    }

    /// Takes the values of an option that may be given once.
    package mutating func take(
        _ values: [String], of option: String, _ member: WritableKeyPath<LaunchRequest, String?>
    ) {
        self[keyPath: member] = values.last
        if values.count > 1 { repeatedOptions.append(option) }
    }

    /// The options that were given more than once, where the others would have to be forgotten.
    var repetitions: [ConfigurationError] {
        repeatedOptions.map { option in
            ConfigurationError(.duplicate, option, found: "it is given more than once", remedy: "give it once")
        }
    }
}
