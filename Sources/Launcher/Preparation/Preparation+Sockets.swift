// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import Host

extension Preparation {
    private var socketPaths: [String] {
        request.sockets.compactMap { resource in
            if case .path(let path) = resource { path } else { nil }
        }
    }

    /// Looks whether the sockets and the console's file can be made.
    func inspectSockets() {
        problems += socketPaths.compactMap { SocketFile.problem(at: $0) }
        if case .file(.path(let path)) = request.console, let problem = Self.problem(withOutput: path) {
            problems.append(problem)
        }
    }

    /// Makes the listening sockets.
    func createSockets() throws(LaunchProblem) {
        if case .path(let path) = request.monitor { machine.monitor = try listen(at: path) }
        for (index, channel) in request.channels.enumerated() {
            if case .path(let path) = channel.socket { machine.channels[index].socket = try listen(at: path) }
        }
        if case .socket(.path(let path)) = request.console { machine.console = .socket(try listen(at: path)) }
    }

    /// Makes the console's file, or the pair of sockets that joins the console to the terminal.
    func createConsole() throws(LaunchProblem) {
        do {
            switch request.console {
            case .file(.path(let path)):
                let file = try Descriptor(path: path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, mode: 0o600)
                machine.console = .file(.descriptor(table.hand(file)))
            case .terminal:
                var number: Int32 = 0
                try SocketPair().split { near, far in
                    number = table.hand(far)
                    console = ConsoleEnd(near)
                }
                machine.console = .streams(input: number, output: number)
            default: break
            }
        } catch {
            throw LaunchProblem(
                "--console", found: "\(error)", remedy: "give another place for the console", exitCode: .hostUnable)
        }
    }

    private func listen(at path: String) throws(LaunchProblem) -> Resource {
        var number: Int32 = 0
        sockets.append(try SocketFile(at: path) { number = table.hand($0) })
        return .descriptor(number)
    }

    private static func problem(withOutput path: String) -> LaunchProblem? {
        if Files.identity(of: path) == nil {
            return Files.obstacle(toCreating: path).map {
                LaunchProblem(path, found: $0, remedy: "give another path", exitCode: .hostUnable)
            }
        }
        do {
            _ = try Descriptor(path: path, flags: O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY)
            return nil
        } catch {
            return LaunchProblem(
                path, found: "the console cannot be written there: \(error.reason)", remedy: "give another path",
                exitCode: .hostUnable)
        }
    }
}
