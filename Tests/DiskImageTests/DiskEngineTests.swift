// SPDX-License-Identifier: Apache-2.0
import CMachine
import DiskImage
import Host
import Testing

@Suite("Disk engines")
struct DiskEngineTests {
    enum Kind: String, CaseIterable, Sendable { case ring, kernelAIO }

    private static func engine(_ kind: Kind, sources: [CInt]) throws -> any DiskEngine {
        switch kind {
        case .ring: try RingEngine(sources: sources, slots: 8)
        case .kernelAIO: try KernelAIOEngine(sources: sources, slots: 8)
        }
    }

    /// Waits until there is an event; the engine may wake up without one.
    private static func next(_ engine: any DiskEngine) throws -> DiskEvent {
        while true {
            if let event = try engine.next() { return event }
            try engine.wait()
        }
    }

    @Test("what was written is read back, and each slot completes once", arguments: Kind.allCases)
    func roundTrip(_ kind: Kind) throws {
        let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        let engine = try Self.engine(kind, sources: [])
        try engine.begin()
        let mapping = try Mapping(anonymous: 8192, alignment: 4096)
        let source = BufferList(capacity: 1)
        let target = BufferList(capacity: 1)
        _ = unsafe source.append(mapping.start, byteCount: 4096)
        _ = unsafe target.append(mapping.start + 4096, byteCount: 4096)
        source.fill([UInt8](repeating: 0xA5, count: 4096))

        try engine.write(source, file: file.borrowed, at: 4096, slot: 2)
        #expect(try Self.next(engine) == .completion(slot: 2, result: 4096))
        try engine.flush(file: file.borrowed, slot: 3)
        #expect(try Self.next(engine) == .completion(slot: 3, result: 0))
        try engine.read(target, file: file.borrowed, at: 4096, slot: 7)
        #expect(try Self.next(engine) == .completion(slot: 7, result: 4096))

        #expect(target.prefix(4096) == source.prefix(4096))
        #expect(try engine.next() == nil)
    }

    @Test("an error is a completion", arguments: Kind.allCases)
    func failure(_ kind: Kind) throws {
        let file = try Descriptor(path: "/dev/null", flags: O_RDONLY)
        let engine = try Self.engine(kind, sources: [])
        try engine.begin()
        try engine.allocate(mode: 3, file: file.borrowed, at: 0, byteCount: 4096, slot: 1)

        guard case .completion(1, let result) = try Self.next(engine) else {
            Issue.record("no completion")
            return
        }
        #expect(result < 0)
    }

    @Test("each wake source is told apart, again and again", arguments: Kind.allCases)
    func sources(_ kind: Kind) throws {
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        let engine = try Self.engine(kind, sources: [first.number, second.number])
        try engine.begin()
        for _ in 0..<3 {
            second.signal()
            #expect(try Self.next(engine) == .wake(source: 1))
            first.signal()
            #expect(try Self.next(engine) == .wake(source: 0))
        }
    }
}
