// SPDX-License-Identifier: Apache-2.0
import Host
import QMP

/// A client that reads and writes only when told to.
final class Client {
    let descriptor: Descriptor
    private unowned let bench: Bench
    private var codec = MonitorClient()
    private var messages: [MonitorMessage] = []
    private(set) var hasEnded = false

    init(_ descriptor: consuming Descriptor, bench: Bench) {
        self.descriptor = descriptor
        self.bench = bench
    }

    func execute(_ command: String) throws {
        try send(codec.encode(command).bytes)
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(try descriptor.send(rest))
            try bench.settle()
        }
    }

    /// The next message; `nil` where none has come and all is settled.
    func next() throws -> MonitorMessage? {
        while messages.isEmpty {
            try bench.settle()
            guard let bytes = try descriptor.read(upTo: 65536) else { return nil }
            if bytes.isEmpty {
                hasEnded = true
                return nil
            }
            messages += try codec.receive(bytes)
        }
        return messages.removeFirst()
    }

    /// The next message in few words: an event's name, or what came back.
    func nextWord() throws -> String? {
        switch try next() {
        case nil: nil
        case .greeting: "greeting"
        case .event(let name, _, _): name
        case .reply(_, .success): "ok"
        case .reply(_, .failure(let error)): error.errorClass
        }
    }
}
