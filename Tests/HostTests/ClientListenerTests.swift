// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite("Client listener")
struct ClientListenerTests {
    @Test("a wake-up takes a few clients, the next ones the others")
    func bound() throws {
        let loop = try ControlLoop()
        let socket = NamedSocket()
        var count = 0
        let listener = try ClientListener(try socket.listen(), loop: loop) { _ in count += 1 }
        var clients: [Descriptor.Shared] = []
        for _ in 0..<20 { clients.append(Descriptor.Shared(try socket.connect())) }

        try loop.turn(timeoutMilliseconds: 0)
        #expect(count == ClientListener.clientsPerWakeUp)
        try loop.turn(timeoutMilliseconds: 0)
        try loop.turn(timeoutMilliseconds: 0)

        #expect(count == 20)
        withExtendedLifetime((listener, clients)) {}
    }

    @Test("whoever connects while nobody is taken waits, and is taken afterwards")
    func suspend() throws {
        let loop = try ControlLoop()
        let socket = NamedSocket()
        var taken = 0
        var listener: ClientListener?
        listener = try ClientListener(try socket.listen(), loop: loop) { _ in
            taken += 1
            listener?.suspend()
        }
        let first = try socket.connect()
        let second = try socket.connect()

        for _ in 0..<3 { try loop.turn(timeoutMilliseconds: 0) }
        #expect(taken == 1)
        listener?.resume()
        for _ in 0..<3 { try loop.turn(timeoutMilliseconds: 0) }

        #expect(taken == 2)
        withExtendedLifetime((first.borrowed, second.borrowed)) {}
        listener = nil
    }

    @Test("without a descriptor for a client the loop rests, and takes the client when there is one again")
    func exhausted() async {
        await #expect(processExitsWith: .success) {
            let loop = try ControlLoop()
            let socket = NamedSocket()
            var count = 0
            let listener = try ClientListener(try socket.listen(), loop: loop) { _ in count += 1 }
            let client = try socket.connect()
            let limit = try DescriptorLimit()

            #expect(try loop.turn(timeoutMilliseconds: 0) == 1)
            #expect(listener.isResting)
            #expect(try loop.turn(timeoutMilliseconds: 0) == 0)

            try limit.lift()
            while count == 0 { try loop.turn() }
            #expect(!listener.isResting)
            withExtendedLifetime(client.borrowed) {}
        }
    }
}

extension Descriptor {
    /// A descriptor in a list.
    final class Shared {
        private let descriptor: Descriptor

        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }
}
