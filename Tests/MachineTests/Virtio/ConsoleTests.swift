// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio console")
struct ConsoleTests {
    private typealias Bench = Workbench<VirtioConsole>
    private static let controlIn = 2
    private static let controlOut = 3
    private static let agentIn = 4
    private static let agentOut = 5

    private enum Event {
        static let deviceReady: UInt8 = 0
        static let portAdd: UInt8 = 1
        static let portReady: UInt8 = 3
        static let consolePort: UInt8 = 4
        static let portOpen: UInt8 = 6
        static let portName: UInt8 = 7
    }

    /// A console on a pair of sockets and an agent's port on a listening socket, under a driver.
    private final class Terminal {
        let bench: Bench
        let far: Descriptor
        let path: String
        private var messageCount = 0

        init(isActive: Bool = true, features: UInt64? = nil) throws {
            let pair = try SocketPair()
            far = try pair.far.duplicate()
            path = "apus-console-\(UInt64.random(in: 0 ... .max))"
            let device = try VirtioConsole(
                console: try ConsoleEndpoint(input: try pair.near.duplicate(), output: try pair.near.duplicate()),
                ports: [
                    ConsolePort(
                        name: "org.qemu.guest_agent.0",
                        endpoint: try ConsoleEndpoint(listeningOn: try UnixSocket.listen(path)))
                ])
            bench = try Bench(device, features: features, isActive: isActive)
            if isActive { try offerControlBuffers() }
        }

        func offerControlBuffers() throws {
            for index in 0..<32 {
                let address = Bench.buffers + 0x40_0000 + UInt64(index) * 256
                try bench.offer([.init(address, 256, isWritable: true)], to: controlIn)
            }
        }

        /// Sends a control message of the guest.
        func tell(_ event: UInt8, port: UInt8 = 0, value: UInt8 = 1) throws {
            try tell([port, 0, 0, 0, event, 0, value, 0])
        }

        func tell(_ bytes: [UInt8]) throws {
            try bench.memory.write(bytes, at: Bench.buffers + 0x50_0000)
            try bench.offer([.init(Bench.buffers + 0x50_0000, UInt32(bytes.count))], to: controlOut)
            _ = try bench.collect(from: controlOut)
        }

        /// The next control message of the device: port, event, value, and the name behind it.
        func hear() throws -> [UInt8] {
            let used = try bench.collect(from: controlIn)
            let address = Bench.buffers + 0x40_0000 + UInt64(messageCount % 32) * 256
            messageCount += 1
            let bytes = try bench.memory.read(at: address, count: Int(used.byteCount))
            return [bytes[0], bytes[4], bytes[6]] + bytes[8...]
        }

        /// Goes through the greeting of both ports.
        func greet() throws {
            try tell(Event.deviceReady)
            #expect(try hear() == [0, Event.portAdd, 1])
            #expect(try hear() == [1, Event.portAdd, 1])
            try tell(Event.portReady, port: 0)
            try tell(Event.portReady, port: 1)
            #expect(try hear() == [0, Event.consolePort, 1])
            #expect(try hear() == [0, Event.portOpen, 1])
            #expect(try hear() == [1, Event.portName, 1] + Array("org.qemu.guest_agent.0".utf8))
        }

        func connect() throws -> Descriptor { try UnixSocket.connect(path) }

        /// Writes from the guest to a port.
        func write(_ bytes: [UInt8], to queue: Int) throws {
            try bench.memory.write(bytes, at: Bench.buffers)
            try bench.offer([.init(Bench.buffers, UInt32(bytes.count))], to: queue)
            _ = try bench.collect(from: queue)
        }

        /// Reads in the guest from a port.
        func read(_ count: UInt32, from queue: Int) throws -> [UInt8] {
            try bench.offer([.init(Bench.buffers + 0x1000, count, isWritable: true)], to: queue)
            return try bench.memory.read(
                at: Bench.buffers + 0x1000, count: Int(try bench.collect(from: queue).byteCount))
        }
    }

    @Test("the ports introduce themselves one after the other")
    func greeting() throws {
        let terminal = try Terminal()
        try terminal.greet()
        #expect(terminal.bench.device.readConfiguration(at: 4, width: .long) == 2)
    }

    @Test("a console carries bytes both ways once the guest has opened it")
    func console() throws {
        let terminal = try Terminal()
        try terminal.greet()
        try terminal.write(Array("login: ".utf8), to: 1)
        #expect(try SocketPair.read(7, from: terminal.far) == Array("login: ".utf8))

        try terminal.far.writeAll(Array("root".utf8))
        try terminal.tell(Event.portOpen, port: 0)
        #expect(try terminal.read(64, from: 0) == Array("root".utf8))
    }

    @Test("a driver without several ports has the console alone")
    func alone() throws {
        let terminal = try Terminal(features: VirtioFeature.common)
        try terminal.far.writeAll([1, 2, 3])
        #expect(try terminal.read(2, from: 0) == [1, 2])
        #expect(try terminal.read(2, from: 0) == [3])
        try terminal.write([4], to: 1)
        #expect(try SocketPair.read(1, from: terminal.far) == [4])
    }

    @Test("the guest sees each client come and go, one at a time")
    func clients() throws {
        let terminal = try Terminal()
        try terminal.greet()
        try terminal.tell(Event.portOpen, port: 1)
        for round in UInt8(0)..<3 {
            let client = try terminal.connect()
            let next = try terminal.connect()
            #expect(try terminal.hear() == [1, Event.portOpen, 1])
            try client.writeAll([round])
            #expect(try terminal.read(16, from: Self.agentIn) == [round])
            try terminal.write([round, round], to: Self.agentOut)
            #expect(try SocketPair.read(2, from: client) == [round, round])
            try next.writeAll([round + 100])
            _ = consume client
            #expect(try terminal.hear() == [1, Event.portOpen, 0])
            #expect(try terminal.hear() == [1, Event.portOpen, 1])
            #expect(try terminal.read(16, from: Self.agentIn) == [round + 100])
            _ = consume next
            #expect(try terminal.hear() == [1, Event.portOpen, 0])
        }
    }

    @Test("a client that shuts down its side still gets the answer")
    func halfClosed() throws {
        let terminal = try Terminal()
        try terminal.greet()
        try terminal.tell(Event.portOpen, port: 1)
        let client = try terminal.connect()
        #expect(try terminal.hear() == [1, Event.portOpen, 1])
        try client.writeAll([1])
        try #require(shutdown(client.borrowed, CInt(SHUT_WR)) == 0)
        #expect(try terminal.read(16, from: Self.agentIn) == [1])
        try terminal.write([2], to: Self.agentOut)
        #expect(try SocketPair.read(1, from: client) == [2])
    }

    @Test("bytes to a port that nobody holds open are gone")
    func discarded() throws {
        let terminal = try Terminal()
        try terminal.greet()
        for _ in 0..<200 { try terminal.write([7, 7, 7], to: Self.agentOut) }

        let client = try terminal.connect()
        #expect(try terminal.hear() == [1, Event.portOpen, 1])
        try terminal.write([8], to: Self.agentOut)

        #expect(try SocketPair.read(1, from: client) == [8])
    }

    @Test("while the host reads nothing the guest's chains stay, and then come whole and in order")
    func backPressure() throws {
        let terminal = try Terminal()
        try terminal.greet()
        let chunk = 50_000
        for index in 0..<40 {
            let address = Bench.buffers + UInt64(index) * 0x1_0000
            try terminal.bench.memory.write([UInt8](repeating: UInt8(index), count: chunk), at: address)
            try terminal.bench.offer([.init(address, UInt32(chunk))], to: 1)
        }
        for _ in 0..<4 {
            terminal.bench.device.wires.kick(1)
            _ = try terminal.bench.device.step()
        }
        #expect(terminal.bench.device.queueProgress[1]?.nextUsed ?? 0 < 40)
        // What a pause in the middle finds is enough to go on from, in another device too.
        terminal.bench.device.sleep()
        let state = terminal.bench.device.deviceStateBytes
        try terminal.bench.device.restoreDeviceState(state)
        #expect(terminal.bench.device.deviceStateBytes == state)
        terminal.bench.device.wake()

        for index in 0..<40 {
            let bytes = try SocketPair.read(chunk / 2, from: terminal.far)
            terminal.bench.device.wires.kick(1)
            _ = try terminal.bench.device.step()
            let rest = try SocketPair.read(chunk / 2, from: terminal.far)
            #expect((bytes + rest).allSatisfy { $0 == UInt8(index) })
        }
        for _ in 0..<40 { _ = try terminal.bench.collect(from: 1) }
    }

    @Test("a client that leaves in the middle of output ends neither the process nor the port")
    func leavesInOutput() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGPIPE, SIG_DFL)
            let terminal = try Terminal()
            try terminal.greet()
            do {
                let client = try terminal.connect()
                #expect(try terminal.hear() == [1, Event.portOpen, 1])
                let output = DriverQueue.Buffer(ConsoleTests.Bench.buffers, 50_000)
                for _ in 0..<40 { try terminal.bench.offer([output], to: ConsoleTests.agentOut) }
                for _ in 0..<4 {
                    terminal.bench.device.wires.kick(ConsoleTests.agentOut)
                    _ = try terminal.bench.device.step()
                }
                #expect(terminal.bench.device.queueProgress[ConsoleTests.agentOut]?.nextUsed ?? 0 < 40)
                withExtendedLifetime(client.borrowed) {}
            }
            for _ in 0..<40 { _ = try terminal.bench.collect(from: ConsoleTests.agentOut) }
            #expect(try terminal.hear() == [1, Event.portOpen, 0])

            let next = try terminal.connect()
            #expect(try terminal.hear() == [1, Event.portOpen, 1])
            try terminal.write([8], to: ConsoleTests.agentOut)
            #expect(try SocketPair.read(1, from: next) == [8])
        }
    }

    @Test("a client for whom there was no descriptor is served once there is one")
    func exhausted() async {
        await #expect(processExitsWith: .success) {
            let terminal = try Terminal()
            try terminal.greet()
            let client = try terminal.connect()
            var limit = rlimit()
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            try #require(unsafe getrlimit(resource, &limit) == 0)
            let former = limit
            // The lowest number that is free: all below are taken.
            let lowest = dup(0)
            close(lowest)
            limit.rlim_cur = rlim_t(lowest)
            try #require(unsafe setrlimit(resource, &limit) == 0)
            terminal.bench.device.wires.kick(0)
            _ = try terminal.bench.device.step()

            limit = former
            try #require(unsafe setrlimit(resource, &limit) == 0)
            terminal.bench.device.wires.kick(0)
            _ = try terminal.bench.device.step()
            #expect(try terminal.bench.queues[ConsoleTests.controlIn].collect() != nil, "the guest knows of the client")
            try terminal.write([8], to: ConsoleTests.agentOut)
            #expect(try SocketPair.read(1, from: client) == [8])
        }
    }

    @Test("while the guest gives no buffers its bytes stay in the socket")
    func flowControl() throws {
        let terminal = try Terminal()
        try terminal.greet()
        try terminal.tell(Event.portOpen, port: 0)
        var sent = 0
        try terminal.far.setNonBlocking()
        while true {
            let count = try terminal.far.write([UInt8](repeating: UInt8(truncatingIfNeeded: sent), count: 1)[...])
            if count == 0 || sent == 5000 { break }
            sent += count
        }
        var received = 0
        while received < sent {
            let bytes = try terminal.read(1000, from: 0)
            #expect(bytes == (0..<bytes.count).map { UInt8(truncatingIfNeeded: received + $0) })
            received += bytes.count
        }
    }

    @Test(
        "messages without sense change nothing",
        arguments: [
            [], [0], [1, 0, 0, 0, 6, 0, 1], [9, 0, 0, 0, 3, 0, 1, 0], [255, 255, 255, 255, 6, 0, 1, 0],
            [0, 0, 0, 0, 99, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 3, 0, 1, 0], [0, 0, 0, 0, 1, 0, 1, 0],
            [UInt8](repeating: 0xFF, count: 4096),
        ] as [[UInt8]])
    func nonsense(_ bytes: [UInt8]) throws {
        let terminal = try Terminal()
        if !bytes.isEmpty { try terminal.tell(bytes) }
        try terminal.greet()
        if bytes.count > 8 { try terminal.tell(bytes) }
        try terminal.write([1], to: 1)
        #expect(!terminal.bench.device.wires.isBroken)
    }

    @Test("a buffer too small for a message breaks the device")
    func smallBuffer() throws {
        let terminal = try Terminal(isActive: false)
        try terminal.bench.activate()
        try terminal.bench.offer([.init(Bench.buffers, 7, isWritable: true)], to: Self.controlIn)
        try terminal.bench.memory.write([0, 0, 0, 0, 0, 0, 1, 0], at: Bench.buffers + 64)
        try terminal.bench.offer([.init(Bench.buffers + 64, 8)], to: Self.controlOut)
        while !terminal.bench.device.wires.isBroken { _ = try terminal.bench.device.step() }
    }

    @Test("another device goes on with the saved state, and a foreign state is refused")
    func state() throws {
        let terminal = try Terminal()
        try terminal.greet()
        try terminal.tell(Event.portOpen, port: 0)
        terminal.bench.device.sleep()
        let saved = terminal.bench.device.deviceStateBytes

        let other = try Terminal(isActive: false)
        try other.bench.device.restoreDeviceState(saved)
        try other.bench.activate()

        #expect(other.bench.device.deviceStateBytes == saved)
        try other.far.writeAll([5])
        #expect(try other.read(8, from: 0) == [5])
        let single = try VirtioConsole(console: nil, ports: [])
        try single.begin()
        #expect(throws: StateError.invalidValue(id: 2)) { try single.restoreDeviceState(saved) }
        #expect(throws: StateError.self) { try single.restoreDeviceState(Array(saved.dropLast())) }
    }

    @Test("a reset forgets what the driver had said")
    func reset() throws {
        let terminal = try Terminal()
        try terminal.greet()
        let before = terminal.bench.device.deviceStateBytes
        terminal.bench.device.deactivate()
        #expect(terminal.bench.device.deviceStateBytes != before)
        #expect(terminal.bench.device.queueProgress.allSatisfy { $0 == nil })
    }

    @Test("a new size is in the configuration, and the driver is told")
    func resize() throws {
        let device = try VirtioConsole(console: nil, ports: [], columns: 132, rows: 43)
        #expect(device.readConfiguration(at: 0, width: .long) == 43 << 16 | 132)
        device.resize(columns: 80, rows: 24)
        #expect(device.readConfiguration(at: 0, width: .word) == 80)
        #expect(device.readConfiguration(at: 2, width: .word) == 24)
        #expect(device.wires.clearConfigurationCall())
    }

    @Test("the device works on a thread of its own under its filter, clients included")
    func filtered() throws {
        let path = "apus-console-\(UInt64.random(in: 0 ... .max))"
        let pair = try SocketPair()
        let device = try VirtioConsole(
            console: try ConsoleEndpoint(input: try pair.near.duplicate(), output: try pair.near.duplicate()),
            ports: [ConsolePort(name: "agent", endpoint: try ConsoleEndpoint(listeningOn: try UnixSocket.listen(path)))]
        )
        let thread = try DeviceThread(device, filter: ThreadFilters.console)
        let bench = try Bench(device, isOnThread: true)
        for round in 0..<20 {
            let client = try UnixSocket.connect(path)
            try bench.memory.write([UInt8(round)], at: Bench.buffers)
            try bench.offer([.init(Bench.buffers, 1)], to: 1)
            _ = try thread.collect(from: 1, bench)
            #expect(try SocketPair.read(1, from: pair.far) == [UInt8(round)])
            _ = consume client
        }
        thread.expectRest()
        device.stop()
        thread.join()
    }
}
