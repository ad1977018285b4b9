// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// Signals that end the tool, heard where it looks for them: between two pieces of work, so that what it has made can
/// be taken back.
final class Interruption {
    private let signals: SignalDescriptor?

    init() {
        // What these say, write(2) says as well.
        unsafe signal(SIGPIPE, SIG_IGN)
        unsafe signal(SIGXFSZ, SIG_IGN)
        signals = try? SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    }

    /// Throws where a signal has come.
    func check() throws(ToolProblem) {
        guard let number = signals?.read() else { return }
        throw ToolProblem(nil, found: "ended by \(Self.name(of: number))", exitStatus: 128 + number)
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
