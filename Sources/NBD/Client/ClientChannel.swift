// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// One connection to a server, and what was agreed on over it. Belongs to one thread.
final class ClientChannel {
    let export: ServedExport
    private let transport: any ByteTransport
    private let settings: NBDNode.Settings
    private let input: StreamBuffer
    private let output: StreamBuffer
    private var reader: ReplyReader

    private static let handshakeMilliseconds: Int64 = 10_000
    /// Payloads are sent together up to here.
    private static let outputByteCount = 256 << 10
    private static let idleByteCount = 4 << 20

    /// Takes over a connected socket and negotiates.
    init(
        _ descriptor: consuming Descriptor, _ settings: NBDNode.Settings, contexts: [String]
    ) throws(NBDError) {
        let socket: SocketTransport
        do throws(SystemCallError) { socket = try SocketTransport(owning: descriptor) } catch { throw .system(error) }
        let (input, output) = (StreamBuffer(capacity: 64 << 10), StreamBuffer(capacity: 64 << 10))
        var transport: any ByteTransport = socket
        try socket.setDeadline(afterMilliseconds: Self.handshakeMilliseconds)
        var negotiation = ClientNegotiation(
            exportName: settings.exportName, contexts: contexts, wantsTLS: settings.security != nil)
        while true {
            switch try negotiation.next(input, output) {
            case .taken: continue
            case .needsInput(let count):
                try transport.send(output)
                try Self.await(transport, settings)
                guard try transport.receive(into: input, room: count - input.count) else { throw .closed }
                continue
            case .startTLS:
                if let security = settings.security { transport = try security.secure(socket) }
                negotiation.secured(output)
                continue
            case .ready(let export): self.export = export
            }
            break
        }
        try socket.setDeadline(afterMilliseconds: nil)
        self.settings = settings
        self.transport = transport
        self.input = input
        self.output = output
        reader = ReplyReader(isStructured: export.isStructured)
    }

    /// Sends requests together and takes all their answers.
    ///
    /// - Parameters:
    ///   - open: Those without an answer; what has one is taken out.
    ///   - payload: Appends the bytes that follow a request.
    ///   - take: Hears of what a read or a status request brings; data are at the front of the buffer.
    /// - Returns: Why one of them failed, if one did.
    /// - Throws: Why the connection is of no use any more.
    func exchange(
        _ open: inout [NBDRequest], _ payload: (NBDRequest, StreamBuffer) -> Void,
        _ take: (ReplyReader.Step, StreamBuffer) -> Void
    ) throws(NBDError) -> BlockError? {
        for request in open {
            reader.expect(request)
            request.append(to: output)
            payload(request, output)
            if output.count >= Self.outputByteCount { try transport.send(output) }
        }
        try transport.send(output)
        output.shrink(above: Self.idleByteCount)
        var failure: BlockError?
        while !open.isEmpty {
            let step = try reader.next(input)
            switch step {
            case .needsInput(let count):
                try Self.await(transport, settings)
                guard try transport.receive(into: input, room: count - input.count) else { throw .closed }
            case .data(let cookie, _, let count, let isLast):
                take(step, input)
                input.dropFirst(count)
                if isLast { open.removeAll { $0.cookie == cookie } }
            case .hole(let cookie, _, let isLast), .extents(let cookie, _, _, let isLast):
                take(step, input)
                if isLast { open.removeAll { $0.cookie == cookie } }
            case .nothing: break
            case .done(let cookie): open.removeAll { $0.cookie == cookie }
            case .failed(let cookie, let error, let words):
                failure = failure ?? Self.refusal(open.first { $0.cookie == cookie }, error, words)
                open.removeAll { $0.cookie == cookie }
            }
        }
        input.shrink(above: Self.idleByteCount)
        return failure
    }

    /// Tells the server that nothing more comes, if it can be told at once.
    func sayGoodbye() {
        NBDRequest(.disconnect, cookie: 0).append(to: output)
        try? transport.socket.setDeadline(afterMilliseconds: 100)
        try? transport.send(output)
    }

    private static func refusal(_ request: NBDRequest?, _ error: UInt32, _ words: String) -> BlockError {
        let name = request.map { "\($0.command) of \($0.length) bytes at \($0.offset)" } ?? "request"
        return .system(
            SystemCallError(
                call: "the NBD server's \(name)" + (words.isEmpty ? "" : " ('\(words)')"),
                code: NBDErrorCode.systemCode(of: error)))
    }

    /// Waits for something to take, as far as the settings bound that.
    private static func await(_ transport: any ByteTransport, _ settings: NBDNode.Settings) throws(NBDError) {
        guard settings.interruption != nil || settings.silenceMilliseconds != nil, !transport.hasPendingInput else {
            return
        }
        let bound = settings.silenceMilliseconds.map { CInt(clamping: $0) } ?? -1
        switch try transport.socket.wait(or: settings.interruption ?? -1, milliseconds: bound) {
        case .input: return
        case .other: throw .system(SystemCallError(call: "the NBD connection", code: EINTR))
        case .timeOut: throw .system(SystemCallError(call: "the NBD connection", code: ETIMEDOUT))
        }
    }
}
