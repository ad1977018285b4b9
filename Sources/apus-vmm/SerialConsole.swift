// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine

/// Moves bytes between the serial port and a host stream, on the control thread; neither side ever waits.
///
/// What a client or a terminal does not take stays in the port's buffer, and the guest sees a busy transmitter when that
/// is full; what the guest does not read stays in the stream. What a file does not take is lost, since nobody could say
/// when it will.
final class SerialConsole {
    /// Tells the user, in a sentence, what went wrong.
    var complain: (String) -> Void = { Message.print($0) }
    private let serial: Serial16550
    private let bus: SystemBus
    private let loop: ControlLoop
    private let news: EventDescriptor
    private var listener: ClientListener?
    private var stream: ConsoleStream?
    private var isWriteBlocked = false
    private var isReading = false
    private var hasComplained = false

    init(_ serial: Serial16550, bus: SystemBus, loop: ControlLoop) throws(SystemCallError) {
        self.serial = serial
        self.bus = bus
        self.loop = loop
        let news = try EventDescriptor()
        let number = news.number
        self.news = news
        // Called with the bus lock held: only the signal, the rest is the control thread's.
        serial.outputAvailable = { Self.signal(number) }
        serial.inputWanted = { Self.signal(number) }
        try loop.watch(number, .readable) { [weak self] _ in
            self?.news.clear()
            self?.move()
        }
    }

    /// Serves the clients of a listening socket, one at a time: the next waits in the socket's queue meanwhile.
    func listen(on socket: consuming Descriptor) throws(SystemCallError) {
        listener = try ClientListener(socket, loop: loop) { [weak self] client in
            self?.listener?.suspend()
            self?.attach(ConsoleStream(socket: client))
        }
    }

    /// Connects a stream; what waited goes there.
    func attach(_ stream: ConsoleStream) {
        detach()
        self.stream = stream
        isWriteBlocked = false
        move()
    }

    /// Takes the stream off; output waits for the next one.
    func detach() {
        guard let stream else { return }
        for number in stream.watched { loop.unwatch(number) }
        isReading = false
        self.stream = nil
    }

    /// Writes out what the guest said last, as far as the stream takes it.
    func flush() { write() }

    private func move() {
        write()
        watchInput()
    }

    private func write() {
        guard let stream, !isWriteBlocked else { return }
        // Bounded, so that a guest that never stops cannot keep the control thread from everything else.
        for _ in 0..<16 {
            let bytes = bus.lock.holding { serial.pendingOutput(maximum: 4096) }
            guard !bytes.isEmpty else { return }
            guard let count = take(bytes, stream) else { return lose() }
            bus.lock.holding { serial.discardOutput(count) }
            if count < bytes.count && stream.canWait { return waitForRoom(stream) }
        }
        news.signal()
    }

    /// How many of the bytes are done with; `nil` where a client has gone.
    private func take(_ bytes: [UInt8], _ stream: ConsoleStream) -> Int? {
        do {
            let count = try stream.write(bytes)
            // A file that takes a part may take the rest, or say why not; one that takes nothing would be asked for ever.
            return count > 0 || stream.canWait ? count : bytes.count
        } catch {
            if stream.isClient { return nil }
            if !hasComplained {
                complain("console: output cannot be written: \(error.reason); it is lost until it can be again")
            }
            hasComplained = true
            return bytes.count
        }
    }

    /// Makes room for the next client.
    private func lose() {
        detach()
        listener?.resume()
    }

    private func waitForRoom(_ stream: ConsoleStream) {
        isWriteBlocked = true
        watch(stream)
    }

    private func watchInput() {
        guard let stream else { return }
        let wantsInput = bus.lock.holding { serial.wantsInput }
        guard wantsInput != isReading else { return }
        isReading = wantsInput
        watch(stream)
    }

    /// Registers for exactly what is wanted now.
    private func watch(_ stream: ConsoleStream) {
        for number in stream.watched { loop.unwatch(number) }
        stream.watch(on: loop, input: isReading, output: isWriteBlocked) { [weak self] events in self?.ready(events) }
    }

    private func ready(_ events: Epoll.Events) {
        guard let stream else { return }
        // A full pipe that nobody reads any more has failed and is not writable.
        if !events.isDisjoint(with: [.writable, .hungUp, .failed]) { isWriteBlocked = false }
        if !events.isDisjoint(with: [.readable, .hungUp, .failed]) && isReading {
            let room = bus.lock.holding { serial.inputRoom }
            guard let bytes = stream.read(upTo: min(room, 1024)) else { return endOfInput(stream) }
            bus.lock.holding { _ = serial.receive(bytes) }
        }
        move()
        if self.stream != nil { watch(stream) }
    }

    private func endOfInput(_ stream: ConsoleStream) {
        if stream.isClient {
            lose()
        } else {
            stream.closeInput()
            isReading = false
            watch(stream)
            write()
        }
    }

    private static func signal(_ number: CInt) {
        EventDescriptor.signal(borrowing: number)
    }
}
