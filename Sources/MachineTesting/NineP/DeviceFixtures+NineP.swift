// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host
package import Machine

extension DeviceFixtures {
    /// A shared directory that nobody else has.
    package static func share() throws -> VirtioNineP {
        try VirtioNineP(
            tag: "laws", directory: try temporaryFolder.directory(), owners: .squash, isReadOnly: false,
            descriptorLimit: 256)
    }

    /// A file server for a directory that nobody else has.
    @Sendable package static func fileServer() -> NinePServer {
        do { return try temporaryFolder.server(descriptorLimit: 256) } catch {
            preconditionFailure("a test's process has descriptors and memory: \(error)")
        }
    }

    /// Random requests of a client.
    @Sendable package static func driveFileServer(_ server: NinePServer, seed: UInt64, count: Int) {
        var fuzzer = NinePFuzzer(server, seed: seed)
        fuzzer.run(count: count / 2)
    }

    /// One for the process: what a device is saved with does not depend on what is in it.
    private static let temporaryFolder: SharedFolder = {
        do {
            let folder = try SharedFolder()
            atexit { DeviceFixtures.temporaryFolder.remove() }
            return folder
        } catch {
            preconditionFailure("a test's process has a folder for temporary files: \(error)")
        }
    }()
}
