// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The server's side of one QMP connection, without the connection: bytes go in, bytes come out.
///
/// The owner writes `pendingOutput` to the client and reports with `didWrite(_:)`; it reads from the client only while
/// `wantsInput` is true, and closes the connection once `isBroken` is true. Everything happens on the control thread.
///
/// The session is bounded: a message has at most `maximumMessageByteCount` bytes; commands wait unread while
/// `outputThreshold` bytes or more are waiting to be written; and a client that lets events pile up beyond
/// `maximumOutputByteCount`, or whose owner hands over more than `maximumInputByteCount` bytes that have to wait, is
/// dropped.
package final class MonitorSession {
    /// How many bytes a message of the client may have: 64 KiB.
    package static let maximumMessageByteCount = 64 << 10
    /// From this many bytes of pending output on, commands wait: 64 KiB.
    package static let outputThreshold = 64 << 10
    /// With more pending output than this the session is broken: 256 KiB.
    package static let maximumOutputByteCount = 256 << 10
    /// With more waiting input than this the session is broken: 64 KiB.
    package static let maximumInputByteCount = 64 << 10

    /// The bytes to write to the client, in order.
    package private(set) var pendingOutput: [UInt8] = []
    /// Whether the client is to be disconnected; nothing goes in or comes out any more.
    package private(set) var isBroken = false
    /// Whether the client has negotiated and gets events.
    package private(set) var isNegotiated = false

    private let machine: any MonitoredMachine
    private let version: MonitorVersion
    private var parser = JSONStreamParser(maximumByteCount: MonitorSession.maximumMessageByteCount)
    private var waitingInput: ArraySlice<UInt8> = []
    private var isWorking = false

    /// Begins a session, whose greeting is pending.
    package init(machine: any MonitoredMachine, version: MonitorVersion) {
        self.machine = machine
        self.version = version
        write(["QMP": ["version": version.json, "capabilities": []]])
    }

    /// Whether the owner should read from the client now.
    package var wantsInput: Bool {
        !isBroken && waitingInput.isEmpty && pendingOutput.count < Self.outputThreshold
    }

    /// Takes bytes from the client and carries out the commands that they complete.
    package func receive(_ bytes: [UInt8]) {
        guard !isBroken else { return }
        if waitingInput.isEmpty {
            waitingInput = bytes[...]
        } else {
            waitingInput.append(contentsOf: bytes)
        }
        work()
        if waitingInput.count > Self.maximumInputByteCount { breakOff() }
    }

    /// Takes `byteCount` bytes off the front of `pendingOutput`, which have been written, and goes on with commands that
    /// waited for this.
    package func didWrite(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= pendingOutput.count, "only pending output can have been written")
        pendingOutput.removeFirst(byteCount)
        work()
    }

    /// Tells the client of an event, if it has negotiated. May be called while a command is carried out.
    package func send(_ event: MonitorEvent, at time: MonitorTime) {
        guard isNegotiated, !isBroken else { return }
        write(event.json(at: time))
        if pendingOutput.count > Self.maximumOutputByteCount { breakOff() }
    }

    private func work() {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while !isBroken, !waitingInput.isEmpty, pendingOutput.count < Self.outputThreshold {
            do throws(JSONError) {
                guard let message = try parser.next(&waitingInput) else { break }
                answer(message)
            } catch {
                reply(.failure(.generic("JSON parse error, \(error)")), to: nil)
            }
        }
        // A slice keeps the whole of what it was cut from.
        if waitingInput.isEmpty { waitingInput = [] }
    }

    private func answer(_ message: JSONValue) {
        let result: Result<JSONValue, MonitorError>
        do throws(MonitorError) {
            result = .success(try carryOut(try MonitorRequest(message)))
        } catch {
            result = .failure(error)
        }
        reply(result, to: message["id"])
    }

    private func carryOut(_ request: MonitorRequest) throws(MonitorError) -> JSONValue {
        let command = MonitorCommand(rawValue: request.command)
        if !isNegotiated, command != .qmpCapabilities {
            throw .commandNotFound("Expecting capabilities negotiation with 'qmp_capabilities'")
        }
        guard let command else {
            throw .commandNotFound("The command \(abridged(request.command)) has not been found")
        }
        if isNegotiated, command == .qmpCapabilities {
            throw .commandNotFound("Capabilities negotiation is already complete, command ignored")
        }
        try command.check(request.arguments)
        let result = try command.run(request.arguments, on: machine, version: version)
        isNegotiated = true
        return result
    }

    private func reply(_ result: Result<JSONValue, MonitorError>, to identifier: JSONValue?) {
        var object = JSONObject()
        switch result {
        case .success(let value): object["return"] = value
        case .failure(let error): object["error"] = error.json
        }
        object["id"] = identifier
        write(.object(object))
    }

    private func write(_ message: JSONValue) {
        guard !isBroken else { return }
        pendingOutput.append(contentsOf: message.bytes())
        pendingOutput.append(contentsOf: [0x0D, 0x0A])
    }

    private func breakOff() {
        isBroken = true
        pendingOutput = []
        waitingInput = []
    }
}
