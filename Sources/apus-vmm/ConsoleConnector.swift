// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import Host

/// Connects the console to where the configuration says.
struct ConsoleConnector {
    private let console: SerialConsole
    private let loop: ControlLoop

    init(_ console: SerialConsole, loop: ControlLoop) {
        self.console = console
        self.loop = loop
    }

    func connect(_ configuration: ConsoleConfiguration) throws {
        switch configuration {
        case .terminal: throw BuildError("console", "this process takes descriptors only")
        case .streams(let input, let output) where input == output:
            console.attach(try ConsoleStream(socket: try Inherited.take(output, "console")))
        case .streams(let input, let output):
            let target = try Inherited.take(output, "console")
            if let input {
                console.attach(try ConsoleStream(input: try Inherited.take(input, "console"), output: target))
            } else {
                console.attach(try ConsoleStream(input: nil, output: target))
            }
        case .file(let resource):
            console.attach(try ConsoleStream(input: nil, output: try MachineBuilder.take(resource, "console")))
        case .socket(let resource): try listen(OpenListener(try MachineBuilder.take(resource, "console")))
        }
    }

    private func listen(_ listener: OpenListener) throws {
        try listener.descriptor.setNonBlocking()
        let console = console
        let loop = loop
        try loop.watch(listener.descriptor.borrowed, .readable) { _ in
            Self.acceptNext(listener, console, loop)
        }
    }

    private static func acceptNext(_ listener: OpenListener, _ console: SerialConsole, _ loop: ControlLoop) {
        guard let client = listener.accept(), let stream = try? ConsoleStream(socket: client) else { return }
        // One client at a time: the next waits in the socket's queue until this one goes.
        loop.unwatch(listener.descriptor.borrowed)
        stream.ended = {
            try? loop.watch(listener.descriptor.borrowed, .readable) { _ in acceptNext(listener, console, loop) }
        }
        console.attach(stream)
    }
}

/// A listening socket that a handler keeps.
final class OpenListener {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    func accept() -> Descriptor? { try? descriptor.accept() }
}
