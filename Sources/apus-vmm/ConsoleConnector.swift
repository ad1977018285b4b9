// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Host

/// Connects the console to where the configuration says. Before the control thread takes its filter.
struct ConsoleConnector {
    private let console: SerialConsole

    init(_ console: SerialConsole) {
        self.console = console
    }

    func connect(_ configuration: ConsoleConfiguration) throws {
        switch configuration {
        case .terminal: throw BuildError("console", "this process takes descriptors only")
        case .streams(let input, let output) where input == output:
            let socket = try Inherited.take(output, "console")
            try socket.setNonBlocking()
            console.attach(ConsoleStream(socket: socket))
        case .streams(let input, let output):
            let target = try Inherited.take(output, "console")
            if let input {
                console.attach(try ConsoleStream(input: try Inherited.take(input, "console"), output: target))
            } else {
                console.attach(try ConsoleStream(input: nil, output: target))
            }
        case .file(let resource):
            console.attach(try ConsoleStream(input: nil, output: try MachineBuilder.take(resource, "console")))
        case .socket(let resource): try console.listen(on: try MachineBuilder.take(resource, "console"))
        }
    }
}
