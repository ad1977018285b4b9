// SPDX-License-Identifier: Apache-2.0
internal import Glibc
package import Host
internal import Machine
internal import Synchronization

/// A vhost-user backend that notes what it is asked, serves no ring, and answers as it is told.
///
/// A thread of its own answers until the front-end closes.
package final class BackendDouble: Sendable {
    /// What a backend of today offers, and a feature of the protocol that nobody wants.
    package static let features =
        VirtioFeature.common | VhostUserFeature.protocolFeatures | 1 << 26
    package static let protocolFeatures =
        VhostUserFeature.multipleQueues | VhostUserFeature.replyAcknowledge | 1 << 5

    /// A request as it came.
    package struct Message: Equatable, Sendable {
        package let request: UInt32
        package let flags: UInt32
        package let payload: [UInt8]
    }

    /// The whole answer to a message, its header included; `nil` for none, after which the backend closes.
    package typealias Answer = @Sendable (Message) -> [UInt8]?

    private let log = Log()
    private let thread: NamedThread

    private final class Log: Sendable {
        let messages = Mutex<[Message]>([])
        let hasSeenEnd = Mutex(false)
    }

    /// Starts to answer on the far end of a pair of sockets.
    ///
    /// - Parameter connect: Gets the near end.
    package init(
        answer: @escaping Answer = BackendDouble.acknowledge, _ connect: (consuming Descriptor) -> Void
    ) throws {
        var number: CInt = -1
        try SocketPair().split { near, far in
            connect(near)
            number = far.release()
        }
        let socket = number
        let log = log
        thread = try NamedThread(name: "backend") { Self.serve(Descriptor(owning: socket), answer, log) }
    }

    /// What has come so far.
    package var messages: [Message] { log.messages.withLock { $0 } }

    /// Whether the front-end has closed the connection.
    package var hasSeenEnd: Bool { log.hasSeenEnd.withLock { $0 } }

    /// Waits until the front-end has closed, or the backend has. At most once.
    package func join() { thread.wait() }

    /// An answer's bytes.
    package static func reply(to message: Message, _ payload: [UInt8]) -> [UInt8] {
        bytes(message.request) + bytes(5) + bytes(UInt32(payload.count)) + payload
    }

    /// A sane backend with two queues, whose rings stand at 7 when they are stopped.
    @Sendable package static func acknowledge(_ message: Message) -> [UInt8]? {
        switch VhostUserRequest(rawValue: message.request) {
        case .getFeatures:
            reply(to: message, bytes(UInt32(truncatingIfNeeded: features)) + bytes(UInt32(features >> 32)))
        case .getProtocolFeatures: reply(to: message, bytes(UInt32(protocolFeatures)) + bytes(0))
        case .getQueueCount: reply(to: message, bytes(2) + bytes(0))
        case .getRingBase: reply(to: message, Array(message.payload[..<4]) + bytes(7))
        default: message.flags & 8 == 0 ? [] : reply(to: message, bytes(0) + bytes(0))
        }
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func serve(_ socket: borrowing Descriptor, _ answer: Answer, _ log: Log) {
        while let header = receive(12, from: socket, log) {
            let words = stride(from: 0, to: 12, by: 4).map { start in
                header[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
            guard let payload = receive(Int(words[2]), from: socket, log) else { return }
            let message = Message(request: words[0], flags: words[1], payload: payload)
            log.messages.withLock { $0.append(message) }
            guard let bytes = answer(message) else { return }
            guard (try? socket.sendMessage(bytes, timeoutMilliseconds: 10_000)) != nil else { return }
        }
    }

    private static func receive(_ count: Int, from socket: borrowing Descriptor, _ log: Log) -> [UInt8]? {
        // A test that says nothing for so long has failed otherwise.
        guard let bytes = try? socket.receiveMessage(count: count, timeoutMilliseconds: 60_000) else { return nil }
        if bytes.count == count { return bytes }
        log.hasSeenEnd.withLock { $0 = true }
        return nil
    }
}
