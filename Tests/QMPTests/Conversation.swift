// SPDX-License-Identifier: Apache-2.0
@testable import QMP

/// A session with a machine of its own, and what the client has read so far.
final class Conversation {
    static let greeting =
        #"{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": "apus-test"}, "#
        + #""capabilities": []}}"#

    let machine = FakeMachine()
    let session: MonitorSession

    /// - Parameter negotiated: Whether the greeting and the negotiation lie behind.
    init(negotiated: Bool = true) {
        session = MonitorSession(machine: machine, version: MonitorVersion(package: "apus-test"))
        machine.sessions = [session]
        if negotiated { _ = say(#"{"execute": "qmp_capabilities"}"#) }
    }

    /// Sends text in one piece.
    ///
    /// - Returns: The lines that came back, without their ends.
    func say(_ text: String) -> [String] {
        session.receive(Array(text.utf8))
        return read()
    }

    /// Reads until nothing is pending.
    func read() -> [String] {
        var bytes: [UInt8] = []
        while !session.pendingOutput.isEmpty {
            bytes += session.pendingOutput
            session.didWrite(session.pendingOutput.count)
        }
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
        let lines = text.split(separator: "\n").map { String($0) }
        return lines.map { $0.unicodeScalars.last == "\r" ? String($0.unicodeScalars.dropLast()) : "no CR: \($0)" }
    }
}
