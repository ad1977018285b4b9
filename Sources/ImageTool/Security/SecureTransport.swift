// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import NBD
internal import SecureStream

/// A connection over TLS: a session over a socket.
final class SecureTransport: ByteTransport {
    let socket: SocketTransport
    private let session: SecureSession
    private let received = StreamBuffer(capacity: recordByteCount)
    private let sent = StreamBuffer(capacity: recordByteCount)
    /// A record of TLS, with what it carries beside its contents (RFC 8446 section 5.1).
    private static let recordByteCount = 17 << 10
    /// Records are sent together up to here.
    private static let batchByteCount = 256 << 10

    /// Does the handshake.
    init(_ socket: SocketTransport, _ session: SecureSession) throws(NBDError) {
        self.socket = socket
        self.session = session
        while true {
            let outcome: SecureSession.Outcome
            do throws(SecureStreamError) {
                outcome = try session.shakeHands()
            } catch {
                // The other side is told why, if it still listens.
                try? sendWaiting()
                throw .security("\(error)")
            }
            try sendWaiting()
            switch outcome {
            case .done: return
            case .needsInput: guard try receiveRecords() else { throw .closed }
            case .ended: throw .closed
            }
        }
    }

    var hasPendingInput: Bool { session.hasUnreadInput }

    func receive(into buffer: StreamBuffer, room: Int) throws(NBDError) -> Bool {
        while true {
            buffer.reserve(max(room, Self.recordByteCount))
            var outcome = SecureSession.Outcome.needsInput
            try buffer.append(upTo: buffer.room) { span throws(NBDError) in
                do throws(SecureStreamError) { outcome = try session.read(into: &span) } catch {
                    throw .security("\(error)")
                }
                if case .done(let count) = outcome { return count }
                return 0
            }
            switch outcome {
            case .done: return true
            case .ended: return false
            case .needsInput:
                // An update of keys, for example, is answered.
                try sendWaiting()
                guard try receiveRecords() else { return false }
            }
        }
    }

    func send(_ buffer: StreamBuffer) throws(NBDError) {
        while !buffer.isEmpty {
            let count = min(buffer.count, Self.batchByteCount)
            let outcome = try buffer.withBytes(0..<count) { bytes throws(NBDError) in
                do throws(SecureStreamError) { return try session.write(bytes) } catch {
                    throw NBDError.security("\(error)")
                }
            }
            guard case .done(let written) = outcome else { throw .security("the session takes no more") }
            buffer.dropFirst(written)
            if buffer.isEmpty || session.waitingByteCount >= Self.batchByteCount { try sendWaiting() }
        }
    }

    private func receiveRecords() throws(NBDError) -> Bool {
        guard try socket.receive(into: received, room: Self.recordByteCount) else { return false }
        try received.withBytes(0..<received.count) { bytes throws(NBDError) in
            do throws(SecureStreamError) { try session.feed(bytes) } catch { throw .security("\(error)") }
        }
        received.removeAll()
        return true
    }

    private func sendWaiting() throws(NBDError) {
        while session.waitingByteCount > 0 {
            sent.append(upTo: session.waitingByteCount) { span in session.drain(into: &span) }
            try socket.send(sent)
        }
    }
}
