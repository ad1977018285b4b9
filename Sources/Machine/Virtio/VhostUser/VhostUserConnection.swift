// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The front-end's side of a vhost-user connection: one request at a time, each answered before the next.
///
/// Belongs to one thread at a time. What the backend says is bounded: an answer has the length that its request
/// demands, descriptors are not taken, and a backend that takes more than half a minute for all that is asked of it at
/// a time is given up: a guest's processors wait meanwhile.
final class VhostUserConnection {
    private static let version: UInt32 = 1
    private static let isReply: UInt32 = 4
    private static let needsReply: UInt32 = 8
    private static let headerByteCount = 12
    /// A backend may have to finish what it does on a slow disk.
    static let timeoutMilliseconds: CInt = 30_000

    private let socket: Descriptor
    private let timeoutMilliseconds: CInt
    /// When the conversation has to be over, by the monotonic clock.
    private var deadline: Int64
    /// Whether every request is answered: agreed on by then.
    var acknowledges = false

    /// Takes over a connected stream socket.
    init(owning socket: consuming Descriptor, timeoutMilliseconds: CInt) {
        self.socket = socket
        self.timeoutMilliseconds = timeoutMilliseconds
        deadline = Descriptor.monotonicMilliseconds + Int64(timeoutMilliseconds)
    }

    /// The time for what is asked runs from now on.
    func beginConversation() { deadline = Descriptor.monotonicMilliseconds + Int64(timeoutMilliseconds) }

    /// Readable when the backend has closed.
    var number: CInt { socket.borrowed }

    /// Whether the backend has closed or speaks unasked.
    var isDisturbed: Bool { socket.isDisturbed() }

    /// Sends a request that is answered by data, and returns them.
    func ask(
        _ request: VhostUserRequest, _ payload: VhostUserPayload = .init(), replyByteCount: Int
    ) throws(VhostUserError) -> VhostUserPayload {
        try send(request, payload, flags: Self.version)
        return try reply(to: request, byteCount: replyByteCount)
    }

    /// Sends a request; returns when the backend has done it, once that was agreed on.
    func tell(
        _ request: VhostUserRequest, _ payload: VhostUserPayload = .init(), descriptors: [CInt] = []
    ) throws(VhostUserError) {
        let flags = Self.version | (acknowledges ? Self.needsReply : 0)
        try send(request, payload, flags: flags, descriptors: descriptors)
        guard acknowledges else { return }
        let code = try reply(to: request, byteCount: 8).quad(at: 0)
        guard code == 0 else { throw .refused(request, code: code) }
    }

    private func send(
        _ request: VhostUserRequest, _ payload: VhostUserPayload, flags: UInt32, descriptors: [CInt] = []
    ) throws(VhostUserError) {
        var message = VhostUserPayload()
        message.append(request.rawValue)
        message.append(flags)
        message.append(UInt32(payload.bytes.count))
        do {
            try socket.sendMessage(
                message.bytes + payload.bytes, descriptors: descriptors, timeoutMilliseconds: timeLeft)
        } catch { throw .system(error) }
    }

    private func reply(to request: VhostUserRequest, byteCount: Int) throws(VhostUserError) -> VhostUserPayload {
        let header = VhostUserPayload(bytes: try receive(Self.headerByteCount))
        guard header.long(at: 0) == request.rawValue, header.long(at: 4) & 7 == Self.version | Self.isReply,
            header.long(at: 8) == UInt32(byteCount)
        else { throw .malformedReply(request) }
        return VhostUserPayload(bytes: try receive(byteCount))
    }

    private var timeLeft: CInt { CInt(clamping: max(0, deadline - Descriptor.monotonicMilliseconds)) }

    private func receive(_ count: Int) throws(VhostUserError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try socket.receiveMessage(count: count, timeoutMilliseconds: timeLeft)
        } catch { throw .system(error) }
        guard bytes.count == count else { throw .closed }
        return bytes
    }
}
