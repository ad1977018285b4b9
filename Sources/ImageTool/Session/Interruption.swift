// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Signals that end the tool, heard where it looks for them: between two pieces of work, so that what it has made can
/// be taken back.
final class Interruption {
    /// A class of its own, because an optional cannot lend what it holds.
    private final class Source {
        let descriptor: SignalDescriptor

        init() throws(SystemCallError) { descriptor = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP]) }
    }

    private let source: Source?

    init() {
        // What these say, write(2) says as well.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        source = try? Source()
    }

    /// Readable while a signal waits; the number is -1 where none can be heard.
    var number: CInt { source?.descriptor.number ?? -1 }

    /// Takes a signal that waits.
    func take() { _ = source?.descriptor.read() }

    /// Throws where a signal has come.
    func check() throws(ToolProblem) {
        guard let number = source?.descriptor.read() else { return }
        throw ToolProblem(nil, found: "ended by \(Self.name(of: number))", exitStatus: 128 + number)
    }

    /// Waits for a while, and throws as soon as a signal comes.
    func wait(milliseconds: Int) throws(ToolProblem) {
        var waiting = pollfd(fd: source?.descriptor.number ?? -1, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&waiting, 1, CInt(clamping: milliseconds))
        try check()
    }

    private static func name(of number: CInt) -> String {
        switch number {
        case SIGINT: "Ctrl-C (SIGINT)"
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        default: "signal \(number)"
        }
    }
}
