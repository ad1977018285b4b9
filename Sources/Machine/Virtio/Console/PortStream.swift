// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import CMachine

/// The host's side of a port: its client or its open streams, and what they are ready for. Belongs to the device's
/// thread.
final class PortStream {
    private let endpoint: ConsoleEndpoint
    private var client: Descriptor?
    private var input: CInt = -1
    private var output: CInt = -1
    private var isSocket = false
    /// Not refused since the descriptor last said that it is ready.
    private(set) var isReadable = false
    private(set) var isWritable = false
    /// The client has gone; what it sent may still be read.
    private(set) var hasHungUp = false
    private var mayHaveClient = true

    /// The descriptors of one port, told apart in events.
    enum Role: Int { case listener, input, output }

    init(endpoint: ConsoleEndpoint) {
        self.endpoint = endpoint
    }

    /// Someone takes what the guest writes.
    var isConnected: Bool { output >= 0 }
    /// There may be something for the guest to read.
    var hasInput: Bool { input >= 0 && isReadable }

    /// Starts to watch; `port` times 4 plus the role is the id of an event.
    func begin(_ poll: borrowing DevicePoll, port: Int) throws(SystemCallError) {
        switch endpoint.kind {
        case .listener:
            try poll.watch(endpoint.listener, id: port * 4 + Role.listener.rawValue)
        case .streams(let input, let output):
            if let input {
                try Self.watch(input, poll, id: port * 4 + Role.input.rawValue)
                self.input = input
                isReadable = true
            }
            try Self.watch(output, poll, id: port * 4 + Role.output.rawValue)
            self.output = output
            isWritable = true
            mayHaveClient = false
        }
    }

    func handle(_ role: Role, _ events: Epoll.Events) {
        switch role {
        case .listener: mayHaveClient = true
        case .input:
            if !events.isDisjoint(with: [.readable, .hungUp, .failed]) { isReadable = true }
            if isSocket {
                if events.contains(.writable) { isWritable = true }
                if !events.isDisjoint(with: [.hungUp, .failed]) { hasHungUp = true }
            }
        case .output: isWritable = true
        }
    }

    /// Takes the next client, if there is one and none is served.
    func acceptClient(_ poll: borrowing DevicePoll, port: Int) {
        guard mayHaveClient, !isConnected else { return }
        let client: Descriptor
        do {
            guard let next = try endpoint.acceptClient() else {
                mayHaveClient = false
                return
            }
            client = next
        } catch {
            // Out of descriptors or memory: who waits is looked for again when the thread is next awake.
            return
        }
        let number = client.borrowed
        do { try poll.watch(number, id: port * 4 + Role.input.rawValue) } catch { return }
        self.client = consume client
        input = number
        output = number
        isSocket = true
        isReadable = true
        isWritable = true
        hasHungUp = false
    }

    /// Lets the client go, or what is left of the streams.
    func disconnect() {
        client = nil
        input = -1
        output = -1
        hasHungUp = false
        // Others may wait behind the one that has gone; a listener alone has clients.
        mayHaveClient = isSocket
        isSocket = false
    }

    /// Reads into the buffers; 0 where there is nothing now.
    func read(into buffers: BufferList) -> Int {
        let result = buffers.read(from: input)
        if result > 0 { return result }
        isReadable = false
        // The end of the input is not the end of the output: a client may have shut down one direction only.
        if result != -Int(EAGAIN) { input = -1 }
        return 0
    }

    /// Writes from the buffers; 0 where there is no room now, or nobody any more.
    func write(_ buffers: BufferList) -> Int {
        let result = isSocket ? buffers.send(to: output) : buffers.write(to: output)
        if result > 0 { return result }
        if result == -Int(EAGAIN) { isWritable = false } else { disconnect() }
        return 0
    }

    private static func watch(_ number: CInt, _ poll: borrowing DevicePoll, id: Int) throws(SystemCallError) {
        do {
            try poll.watch(number, id: id)
        } catch {
            // A regular file cannot be watched, and is always ready.
            guard error.code == EPERM else { throw error }
        }
    }
}
