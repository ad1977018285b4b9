// SPDX-License-Identifier: Apache-2.0
import Host
import Machine
import Testing

@Suite("Guest memory around the 32-bit hole")
struct GuestMemoryTests {
    private static let low: UInt64 = 2 << 20
    private static let high: UInt64 = 4 << 20
    private static let highEnd = GuestMemory.highStart + high

    /// Eight bytes at an address.
    struct Access: Sendable, CustomTestStringConvertible {
        let address: GuestAddress
        var testDescription: String { "0x" + String(address.rawValue, radix: 16) }

        init(_ address: GuestAddress) { self.address = address }
        init(_ address: UInt64) { self.address = GuestAddress(address) }
    }

    static let inside = [
        Access(0), Access(low - 8), Access(GuestMemory.highStart), Access(GuestMemory.highStart + (high - 8)),
    ]

    static let outside = [
        Access(low - 7), Access(low), Access(GuestMemory.highStart.rawValue - 8),
        Access(GuestMemory.highStart.rawValue - 1), Access(GuestMemory.highStart + (high - 7)), Access(highEnd),
        Access(.max - 7), Access(.max),
        // Where a difference that wraps around would lead into the memory.
        Access(GuestMemory.highStart.rawValue - high), Access(1 << 63),
    ]

    private static func memory() throws -> GuestMemory {
        try GuestMemory(lowByteCount: low, highByteCount: high)
    }

    @Test("what fits is read as it was written", arguments: inside)
    func fits(_ access: Access) throws {
        let memory = try Self.memory()

        try memory.store(0x1122_3344_5566_7788 as UInt64, at: access.address)

        #expect(try memory.load(UInt64.self, at: access.address) == 0x1122_3344_5566_7788)
        for other in Self.inside where other.address != access.address {
            #expect(try memory.load(UInt64.self, at: other.address) == 0)
        }
    }

    @Test("what reaches past an edge is refused, in whole", arguments: outside)
    func reachesPast(_ access: Access) throws {
        let memory = try Self.memory()
        let error = GuestMemoryError(address: access.address, byteCount: 8)

        #expect(throws: error) { try memory.store(UInt64.max, at: access.address) }
        #expect(throws: error) { try memory.load(UInt64.self, at: access.address) }
        #expect(throws: error) { try memory.read(at: access.address, count: 8) }
        #expect(throws: error) { try memory.write([UInt8](repeating: 1, count: 8), at: access.address) }
        for inside in Self.inside { #expect(try memory.load(UInt64.self, at: inside.address) == 0) }
    }

    @Test("no range spans the hole, however long")
    func spans() throws {
        let memory = try Self.memory()

        #expect(throws: GuestMemoryError.self) { try memory.read(at: GuestAddress(0), count: Int(Self.low) + 1) }
        #expect(throws: GuestMemoryError.self) { try memory.read(at: GuestAddress(0), count: .max) }
        #expect(throws: GuestMemoryError.self) {
            try memory.read(at: GuestMemory.highStart, count: Int(Self.high) + 1)
        }
        #expect(throws: GuestMemoryError.self) { try memory.read(at: GuestMemory.highStart, count: .max) }
        #expect(try memory.read(at: GuestAddress(0), count: Int(Self.low)).count == Int(Self.low))
        #expect(try memory.read(at: GuestMemory.highStart, count: Int(Self.high)).count == Int(Self.high))
    }

    @Test("without memory above the hole nothing answers there")
    func lowOnly() throws {
        let memory = try GuestMemory(lowByteCount: Self.low)

        #expect(throws: GuestMemoryError.self) { try memory.read(at: GuestMemory.highStart, count: 1) }
    }
}
