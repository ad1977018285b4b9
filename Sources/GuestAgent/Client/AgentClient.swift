// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
package import Host
package import JSON

/// A client of a guest's agent over the socket of the machine's channel. One thread.
///
/// Nothing that the guest sends is trusted: an answer is bounded in bytes, nesting and time, and before each request
/// the stream is brought in step by `guest-sync-delimited`, so that an answer that came too late, or what another
/// client left, is never taken for this one's.
package struct AgentClient: ~Copyable {
    /// The longest answer: 16 MiB of output, which is what the agent keeps of a command, in base 64, twice.
    package static let maximumAnswerByteCount = 48 << 20
    /// The longest answer but that with a command's output: what is made of it takes many times as much.
    private static let maximumDescriptionByteCount = 4 << 20
    /// How many bytes that belong to no request are skipped before the guest is given up.
    private static let maximumStaleByteCount = 64 << 20

    private let socket: Descriptor
    private let maximumAnswerByteCount: Int
    private var reader: AgentReader
    /// Bytes since the stream was last to be brought in step.
    private var skippedByteCount = 0
    /// Readable once the caller wants to stop waiting; -1 for never.
    private let interruption: CInt
    /// How long each answer may take.
    package let timeoutSeconds: Int

    /// Connects to the socket at `path`, which listens.
    package init(path: String, timeoutSeconds: Int, interruption: CInt = -1) throws(AgentError) {
        let number = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .io("\(SystemCallError(call: "socket", code: errno))") }
        let socket = Descriptor(owning: number)
        let result = unsafe cmachine_unix_connect(socket.borrowed, path)
        guard result == 0 else {
            let reason = SystemCallError(call: "connect", code: CInt(truncatingIfNeeded: -result)).reason
            throw .connection(path: path, reason: reason)
        }
        try self.init(owning: socket, timeoutSeconds: timeoutSeconds, interruption: interruption)
    }

    /// Takes a connected stream socket.
    package init(
        owning socket: consuming Descriptor, timeoutSeconds: Int, interruption: CInt = -1,
        maximumAnswerByteCount: Int = AgentClient.maximumAnswerByteCount
    ) throws(AgentError) {
        do { try socket.setNonBlocking() } catch { throw .io(error.description) }
        self.socket = socket
        self.timeoutSeconds = timeoutSeconds
        self.interruption = interruption
        self.maximumAnswerByteCount = maximumAnswerByteCount
        reader = AgentReader(maximumByteCount: maximumAnswerByteCount)
    }

    /// Asks the agent and returns what its answer holds.
    ///
    /// - Parameter isInterruptible: Whether the caller's descriptor ends the waiting.
    package mutating func execute(
        _ request: AgentRequest, isInterruptible: Bool = true
    ) throws(AgentError) -> JSONValue {
        let watched = isInterruptible ? interruption : -1
        let deadline = Deadline(seconds: timeoutSeconds)
        let limit =
            request.name == Self.statusRequest ? Self.maximumAnswerByteCount : Self.maximumDescriptionByteCount
        reader.maximumByteCount = min(maximumAnswerByteCount, limit)
        try synchronize(for: request, deadline, watched)
        try send(request.bytes, request, deadline, watched)
        switch try nextItem(request, deadline, watched) {
        case .answer(let answer, _): return try request.result(of: answer)
        case .nonsense(let error): throw .malformed(request: request.name, found: error.description)
        }
    }

    /// Sends 0xFF, which ends what the agent has of an unfinished request, and finds the answer that holds this number.
    private mutating func synchronize(
        for request: AgentRequest, _ deadline: Deadline, _ watched: CInt
    ) throws(AgentError) {
        skippedByteCount = 0
        let identifier = Int64.random(in: 1...Int64(UInt32.max))
        try send([0xFF] + AgentRequest.synchronization(identifier).bytes, request, deadline, watched)
        while true {
            let item: AgentReader.Item
            do throws(AgentError) {
                item = try nextItem(request, deadline, watched)
            } catch {
                // The end of an answer that nobody waits for any more.
                if case .tooLong = error, skippedByteCount < Self.maximumStaleByteCount { continue }
                throw error
            }
            if case .answer(let answer, isDelimited: true) = item, answer["return"] == .integer(identifier) {
                return
            }
            guard skippedByteCount < Self.maximumStaleByteCount else {
                throw .tooLong(limit: Self.maximumStaleByteCount)
            }
        }
    }

    private mutating func nextItem(
        _ request: AgentRequest, _ deadline: Deadline, _ watched: CInt
    ) throws(AgentError) -> AgentReader.Item {
        while true {
            if let item = try reader.next() { return item }
            try wait(for: POLLIN, request, deadline, watched)
            guard let bytes = try receive() else { continue }
            skippedByteCount += bytes.count
            reader.take(bytes)
        }
    }

    private func receive() throws(AgentError) -> [UInt8]? {
        let bytes: [UInt8]?
        do { bytes = try socket.read(upTo: 64 << 10) } catch { throw Self.failure(error) }
        if bytes?.isEmpty == true { throw .disconnected }
        return bytes
    }

    private func send(
        _ bytes: [UInt8], _ request: AgentRequest, _ deadline: Deadline, _ watched: CInt
    ) throws(AgentError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count: Int
            do { count = try socket.send(rest) } catch { throw Self.failure(error) }
            rest = rest.dropFirst(count)
            if count == 0 { try wait(for: POLLOUT, request, deadline, watched) }
        }
    }

    private func wait(
        for events: Int32, _ request: AgentRequest, _ deadline: Deadline, _ watched: CInt
    ) throws(AgentError) {
        while true {
            var descriptors = [
                pollfd(fd: socket.borrowed, events: Int16(events), revents: 0),
                pollfd(fd: watched, events: Int16(POLLIN), revents: 0),
            ]
            // A guest that never stops sending is out of time too.
            let left = deadline.millisecondsLeft
            let ready = left == 0 ? 0 : unsafe poll(&descriptors, 2, left)
            if ready == 0 { throw .noAnswer(request: request.name, seconds: timeoutSeconds) }
            if ready < 0 { continue }
            if descriptors[1].revents != 0 { throw .interrupted }
            return
        }
    }

    /// Waits for a time, or for the caller's descriptor.
    func rest(milliseconds: CInt) throws(AgentError) {
        var descriptor = pollfd(fd: interruption, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&descriptor, 1, milliseconds) > 0 { throw .interrupted }
    }

    private static func failure(_ error: SystemCallError) -> AgentError {
        error.code == EPIPE || error.code == ECONNRESET ? .disconnected : .io(error.description)
    }
}
