// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Machine

/// Moves bytes between the serial port and a host stream, on the control thread; neither side ever waits.
///
/// What the stream does not take stays in the port's buffer, and the guest sees a busy transmitter when that is
/// full; what the guest does not read stays in the stream.
final class SerialConsole {
    private let serial: Serial16550
    private let bus: SystemBus
    private let loop: ControlLoop
    private let news: EventDescriptor
    private var stream: ConsoleStream?
    private var isWriteBlocked = false
    private var isReading = false

    init(_ machine: Machine, loop: ControlLoop) throws(SystemCallError) {
        serial = machine.board.serial
        bus = machine.bus
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
            guard let count = stream.write(bytes) else { return lose(stream) }
            bus.lock.holding { serial.discardOutput(count) }
            if count < bytes.count { return waitForRoom(stream) }
        }
        news.signal()
    }

    /// Nobody takes the output any more; a client makes room for the next one.
    private func lose(_ stream: ConsoleStream) {
        detach()
        if stream.endsWithInput { stream.ended() }
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
        if events.contains(.writable) { isWriteBlocked = false }
        if !events.isDisjoint(with: [.readable, .hungUp, .failed]) && isReading {
            let room = bus.lock.holding { serial.inputRoom }
            guard let bytes = stream.read(upTo: min(room, 1024)) else { return endOfInput(stream) }
            bus.lock.holding { _ = serial.receive(bytes) }
        }
        move()
        if self.stream != nil { watch(stream) }
    }

    private func endOfInput(_ stream: ConsoleStream) {
        if stream.endsWithInput {
            detach()
            stream.ended()
        } else {
            for number in stream.watched { loop.unwatch(number) }
            stream.closeInput()
            isReading = false
            write()
        }
    }

    private static func signal(_ number: CInt) {
        EventDescriptor.signal(borrowing: number)
    }
}
