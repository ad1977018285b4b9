// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import GuestKit
internal import Host

extension Preparation {
    /// Reads what cloud-init is to be given.
    func readSeed() {
        guard let seed = request.seed else { return }
        if let tool = SeedDisk.missingTool {
            report(
                "user data", found: "\(tool.name), which makes the disk that holds it, is not installed",
                remedy: "install the package \(tool.package)", .hostUnable)
        }
        readSeedFile(seed.userData, "user-data", what: "user data")
        if let metaData = seed.metaData {
            readSeedFile(metaData, "meta-data", what: "meta-data")
        } else {
            seedFiles.append(SeedDisk.File(name: "meta-data", bytes: SeedDisk.metaData(for: request.name)))
        }
        if let network = seed.networkConfiguration {
            readSeedFile(network, "network-config", what: "network configuration")
        }
    }

    private func readSeedFile(_ resource: Resource, _ name: String, what: String) {
        guard case .path(let path) = resource else { return }
        let limit = SeedConfiguration.maximumFileByteCount
        do throws(LaunchProblem) {
            let bytes = try InputFile(path, what: what).beginning(upTo: limit + 1)
            guard bytes.count <= limit else {
                throw LaunchProblem(
                    path, found: "this \(what) has more than \(limit) bytes",
                    remedy: "let the guest fetch what is large (#include)", exitCode: .badInput)
            }
            if name == "user-data", !SeedDisk.isUserData(bytes) {
                warnings.append(
                    "\(path): cloud-init tells user data by its first line, such as #cloud-config or #!/bin/sh, and "
                        + "will ignore this")
            }
            seedFiles.append(SeedDisk.File(name: name, bytes: bytes))
        } catch {
            problems.append(error)
        }
    }

    /// Makes the disk, after the others.
    func createSeed() throws(LaunchProblem) {
        guard request.seed != nil else { return }
        machine.seed = nil
        do throws(GuestKitError) {
            let disk = try SeedDisk.make(seedFiles)
            machine.disks.append(
                DiskConfiguration(
                    source: .descriptor(table.hand(disk)), format: .raw, readOnly: true, label: "cidata"))
        } catch {
            throw LaunchProblem(
                "user data", found: "the disk that holds it cannot be made: \(error)",
                remedy: "make one with cloud-localds and give it as a --disk", exitCode: .hostUnable)
        }
    }
}
