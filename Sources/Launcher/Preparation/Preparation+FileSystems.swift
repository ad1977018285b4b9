// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import Host

extension Preparation {
    /// Looks at the shared folders, and for the program that serves them.
    func inspectFileSystems() {
        guard !request.fileSystems.isEmpty else { return }
        if FileServer.program == nil {
            report(
                "--virtiofs", found: "the program virtiofsd is not installed",
                remedy: "install the package qemu-system-common (Debian 12) or virtiofsd", .hostUnable)
        }
        for fileSystem in request.fileSystems {
            guard case .path(let path) = fileSystem.source else { continue }
            do {
                _ = try Descriptor(path: path, flags: O_RDONLY | O_DIRECTORY | O_NONBLOCK)
            } catch {
                report(
                    path, found: "this folder cannot be shared: \(error.reason)",
                    remedy: "give the path of a folder that you may read", .badInput)
            }
        }
    }

    /// Starts the server of a shared folder.
    func createFileSystem(_ index: Int) throws(LaunchProblem) {
        let fileSystem = request.fileSystems[index]
        guard case .path(let path) = fileSystem.source, let program = FileServer.program else { return }
        do throws(SystemCallError) {
            try FileServer.sockets { listener, connected throws(SystemCallError) in
                services.append(try FileServer.start(program, fileSystem, at: path, listener))
                machine.fileSystems[index].source = .descriptor(table.hand(connected))
            }
        } catch {
            throw LaunchProblem(
                "--virtiofs", found: "virtiofsd cannot be started: \(error)",
                remedy: "look at it with \(program) --version", exitCode: .hostUnable)
        }
    }
}
