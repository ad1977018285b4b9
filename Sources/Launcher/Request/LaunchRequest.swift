// SPDX-License-Identifier: Apache-2.0
package import Configuration
internal import Glibc
internal import Host

/// What `apus run` was asked for: the values of its options as they were typed.
package struct LaunchRequest: Equatable, Sendable {
    /// The value of `--config`: a document that says everything; no other option may be given beside it.
    package var document: String?
    package var kernel: String?
    package var initrd: String?
    package var commandLine: String?
    package var firmware: String?
    package var memory: String?
    package var processors: String?
    package var disks: [String] = []
    package var imageFolders: [String] = []
    package var networks: [String] = []
    package var console: String?
    package var channels: [String] = []
    package var shares: [String] = []
    package var monitor: String?
    package var balloon: String?
    package var fileSystems: [String] = []
    package var name: String?
    package var userData: String?
    package var metaData: String?
    package var networkConfiguration: String?
    package var hugePages = false
    package var mergeable = false
    package var debugExit = false
    /// Options that may be given once and were given more often: see `take(_:of:_:)`.
    var repeatedOptions: [String] = []

    package init() {}

    /// The machine that was asked for; it is right in itself, and nothing on the host but the document was looked at.
    package func configuration() throws(LaunchProblems) -> MachineConfiguration {
        guard let document else { return try fromOptions() }
        if repeatedOptions.contains("--config") {
            throw LaunchProblems(ConfigurationErrors(repetitions), exitCode: .usage)
        }
        var alone = LaunchRequest()
        alone.document = document
        guard self == alone else {
            throw LaunchProblems([
                LaunchProblem(
                    "--config \(document)", found: "it stands beside options that describe the machine as well",
                    remedy: "write them into the document", exitCode: .usage)
            ])
        }
        return try Self.read(document)
    }

    private static func read(_ path: String) throws(LaunchProblems) -> MachineConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try InputFile(path, what: "configuration file").beginning(
                upTo: MachineConfiguration.maximumDocumentByteCount + 1)
        } catch {
            throw LaunchProblems([error])
        }
        do {
            return try MachineConfiguration(document: bytes, for: .launcher)
        } catch {
            throw LaunchProblems(
                error.errors.map {
                    LaunchProblem("\(path): \($0.object)", found: $0.found, remedy: $0.remedy, exitCode: .badInput)
                })
        }
    }
}
