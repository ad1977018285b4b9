// SPDX-License-Identifier: Apache-2.0
package import Host

/// One client of a server: negotiation, then requests, on a thread of its own.
///
/// Requests are taken as they come in the buffer and answered one after the other; the answers are sent together once no
/// whole request is left. What would wait for storage while others have been asked for is given to the pool, where the
/// export takes concurrent calls.
///
/// Threads: unchecked, because all but `finish()` and `abandon()` belongs to the thread of `run()`.
package final class ServerConnection: @unchecked Sendable {
    private let exports: [NBDExport]
    private let security: (any TransportSecurity)?
    private let pool: WorkerPool
    private var transport: any ByteTransport
    private let socket: SocketTransport
    private let finished: FinishedReplies
    /// Whether the client has chosen an export. To be asked when `run()` has returned.
    package private(set) var hasServed = false
    private let input = StreamBuffer(capacity: 64 << 10)
    private let output = StreamBuffer(capacity: 64 << 10)
    /// Work that is in the pool's hands, and the bytes that its answers may have.
    private var pendingCount = 0
    private var pendingByteCount = 0

    /// A client that has not chosen an export after this time is sent away.
    private static let handshakeMilliseconds: Int64 = 10_000
    /// Answers are sent at the latest when there are so many bytes.
    private static let outputByteCount = 256 << 10
    private static let maximumPendingCount = 32
    private static let maximumPendingByteCount = 64 << 20
    /// Memory that a connection keeps for each direction: fresh pages for every long read cost more than reading.
    private static let idleByteCount = 4 << 20

    package init(
        _ socket: SocketTransport, exports: [NBDExport], security: (any TransportSecurity)?, pool: WorkerPool
    ) throws(SystemCallError) {
        self.socket = socket
        self.exports = exports
        self.security = security
        self.pool = pool
        transport = socket
        finished = try FinishedReplies()
    }

    /// Takes no more requests; those that have come are answered. Any thread.
    package func finish() { socket.endInput() }

    /// Ends without an answer. Any thread.
    package func abandon() { socket.close() }

    /// Serves the client until it has gone.
    ///
    /// - Throws: Why it was sent away.
    package func run() throws(NBDError) {
        // A client may leave at any time before it has chosen.
        guard let agreement = try negotiate() else { return }
        hasServed = true
        try transmit(agreement)
    }

    private func negotiate() throws(NBDError) -> AgreedExport? {
        try socket.setDeadline(afterMilliseconds: Self.handshakeMilliseconds)
        var negotiation = ServerNegotiation(
            offers: exports.map(\.offer), security: security == nil ? .none : .required)
        negotiation.greet(output)
        while true {
            switch try negotiation.next(input, output) {
            case .answered:
                if output.count >= Self.outputByteCount { try transport.send(output) }
            case .needsInput(let count):
                try transport.send(output)
                guard try transport.receive(into: input, room: count - input.count) else { return nil }
            case .startTLS:
                try transport.send(output)
                if let security { transport = try security.secure(socket) }
                negotiation = negotiation.secured()
            case .transmission(let agreement):
                try transport.send(output)
                try socket.setDeadline(afterMilliseconds: nil)
                return agreement
            case .end:
                try transport.send(output)
                return nil
            }
        }
    }

    private func transmit(_ agreement: AgreedExport) throws(NBDError) {
        let export = exports[agreement.index]
        let reader = RequestReader(offer: export.offer, agreement: agreement)
        let performer = RequestPerformer(export, agreement)
        do throws(NBDError) {
            try answer(reader, performer)
        } catch {
            awaitPending(sending: false)
            throw error
        }
        awaitPending(sending: true)
        try transport.send(output)
    }

    private func answer(_ reader: RequestReader, _ performer: RequestPerformer) throws(NBDError) {
        while true {
            switch try reader.next(input) {
            case .needsInput(let count):
                try sendAnswers()
                guard try receive(count - input.count) else {
                    guard input.isEmpty else { throw .closed }
                    return
                }
            case .request(let request):
                serve(request, reader, performer)
                if output.count >= Self.outputByteCount { try sendAnswers() }
                if pendingCount >= Self.maximumPendingCount || pendingByteCount >= Self.maximumPendingByteCount {
                    try sendAnswers()
                    finished.wait()
                    try sendFinished()
                }
            case .refused(let cookie, let code, let sentence):
                performer.refuse(cookie: cookie, code, sentence, output)
            case .disconnected: return
            }
        }
    }

    /// Waits for more of a request, and sends what the pool finishes meanwhile.
    private func receive(_ count: Int) throws(NBDError) -> Bool {
        while pendingCount > 0, !transport.hasPendingInput {
            let wakening = try socket.wait(or: finished.event.number)
            try sendFinished()
            if wakening == .input { break }
        }
        return try transport.receive(into: input, room: count)
    }

    private func sendAnswers() throws(NBDError) {
        try transport.send(output)
        output.shrink(above: Self.idleByteCount)
        input.shrink(above: Self.idleByteCount)
    }
}

/// How requests are shared out between this thread and the pool.
extension ServerConnection {
    private func serve(_ request: NBDRequest, _ reader: RequestReader, _ performer: RequestPerformer) {
        let payload = request.payloadByteCount
        if request.command == .read, performer.readResident(request, output) { return }
        // Alone, it waits here: a change of thread would only cost time.
        let isShared =
            performer.export.isConcurrent && waits(request)
            && (pendingCount > 0 || reader.hasRequest(in: input))
        guard isShared else {
            performer.perform(request, payload: input, output)
            return input.dropFirst(payload)
        }
        let reservedByteCount = request.command == .read ? Int(request.length) : 0
        pendingCount += 1
        pendingByteCount += reservedByteCount
        pool.perform { [finished] in
            let bytes = StreamBuffer(capacity: 64)
            performer.perform(request, payload: nil, bytes)
            finished.put(FinishedReplies.Reply(bytes: bytes, reservedByteCount: reservedByteCount))
        }
    }

    /// Whether a request may wait for storage. Writes go to the page cache, and their payload is here.
    private func waits(_ request: NBDRequest) -> Bool {
        switch request.command {
        case .write, .disconnect: false
        case .read, .flush, .trim, .cache, .writeZeroes, .blockStatus: true
        }
    }

    private func sendFinished() throws(NBDError) {
        for reply in takeFinished() { try transport.send(reply.bytes) }
    }

    private func takeFinished() -> [FinishedReplies.Reply] {
        let replies = finished.take()
        for reply in replies {
            pendingCount -= 1
            pendingByteCount -= reply.reservedByteCount
        }
        return replies
    }

    /// Waits for all that is in the pool's hands.
    private func awaitPending(sending: Bool) {
        var isSending = sending
        while pendingCount > 0 {
            finished.wait()
            for reply in takeFinished() where isSending {
                do { try transport.send(reply.bytes) } catch { isSending = false }
            }
        }
    }
}
