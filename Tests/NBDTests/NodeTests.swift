// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import NBD
import Testing

/// The client against the server of this project, both in this process.
@Suite("A disk over NBD")
struct NodeTests {
    private let memory = MemoryNode(MemoryNode.largePattern)

    private func loopback() -> Loopback { Loopback([NBDExport(memory, NBDExport.Settings())]) }

    @Test("reads and writes are those of the disk", arguments: [1, 4096, 1 << 20, (3 << 20) + 1])
    func transfer(_ count: Int) throws {
        let loopback = loopback()
        let node = try NBDNode(loopback, NBDNode.Settings())
        let bytes = [UInt8](repeating: 0xA5, count: count)

        try node.write(bytes, at: 777)
        try node.flush()

        #expect(node.byteCount == memory.byteCount)
        #expect(try node.bytes(at: 777, count: count) == bytes)
        #expect(try node.bytes(at: 0, count: 777) == Array(MemoryNode.pattern(777)))
        #expect(
            try node.bytes(at: UInt64(777 + count), count: 1000) == memory.bytes(at: UInt64(777 + count), count: 1000))
        #expect(memory.flushCount == 1)
        withExtendedLifetime(node) {}
    }

    @Test("zeros, discards and extents are those of the disk")
    func zeros() throws {
        let loopback = loopback()
        let node = try NBDNode(loopback, NBDNode.Settings())
        #expect(try node.extent(at: 0, limit: node.byteCount).range == 0..<node.byteCount)

        try node.writeZeroes(8192..<16384, mayUnmap: true)
        try node.discard(16384..<20480)

        let hole = try node.extent(at: 8192, limit: node.byteCount)
        #expect(hole.range == 8192..<20480 && hole.isZero && !hole.isData)
        #expect(try node.extent(at: 9000, limit: 10000).range == 9000..<10000)
        let data = try node.extent(at: 20480, limit: node.byteCount)
        #expect(data.range == 20480..<node.byteCount && data.isData && !data.isZero)
        #expect(try node.bytes(at: 8000, count: 13000) == memory.bytes(at: 8000, count: 13000))
    }

    @Test("an error of the disk is an error of the request, and the next one goes on")
    func failure() throws {
        let loopback = loopback()
        let node = try NBDNode(loopback, NBDNode.Settings())
        memory.failing = (2 << 20..<(2 << 20) + 1, .system(SystemCallError(call: "pread", code: 5)))

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 4 << 20) }
        #expect(try node.bytes(at: 0, count: 2 << 20) == memory.bytes(at: 0, count: 2 << 20))
        #expect(loopback.connectionCount == 1)
    }

    @Test("an export that may only be read is not written")
    func readOnly() throws {
        var settings = NBDExport.Settings()
        settings.isReadOnly = true
        let loopback = Loopback([NBDExport(memory, settings)])
        let node = try NBDNode(loopback, NBDNode.Settings())

        #expect(node.isReadOnly)
        #expect(throws: BlockError.readOnly) { try node.write([1], at: 0) }
    }

    @Test(
        "what had no answer is asked again, wherever the connection broke",
        arguments: [0, 1, 17, 18, 100, 150, 200, 5000, 300_000, 1_500_000])
    func reconnection(_ limit: Int) throws {
        // The first connection breaks in the middle of a read, the second one anywhere.
        let loopback = Relay.loopback(NBDExport(memory, NBDExport.Settings()), limits: [1000, limit])
        var settings = NBDNode.Settings()
        settings.patienceMilliseconds = 60_000
        let node = try NBDNode(loopback, settings)
        let before = MemoryNode.largePattern
        let change = [UInt8](repeating: 0xEE, count: 2 << 20)

        let read = try node.bytes(at: 100, count: 3 << 20)
        try node.write(change, at: 4096)

        #expect(read == Array(before[100..<100 + (3 << 20)]))
        #expect(try node.bytes(at: 0, count: 3 << 20) == before[..<4096] + change + before[4096 + (2 << 20)..<3 << 20])
        #expect(loopback.connectionCount == 3)
    }

    @Test("without patience a broken connection is an error, and the next request connects anew")
    func impatience() throws {
        let loopback = Relay.loopback(NBDExport(memory, NBDExport.Settings()), limits: [1000])
        let node = try NBDNode(loopback, NBDNode.Settings())

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 1 << 20) }
        #expect(try node.bytes(at: 0, count: 4096) == MemoryNode.pattern(4096))
    }

    @Test("a server that breaks every connection is not asked for ever")
    func hopelessness() throws {
        let loopback = Relay.loopback(
            NBDExport(memory, NBDExport.Settings()), limits: [Int](repeating: 1000, count: 100))
        var settings = NBDNode.Settings()
        settings.patienceMilliseconds = 3_600_000
        let node = try NBDNode(loopback, settings)

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 1 << 20) }
        #expect(loopback.connectionCount == 17)
    }

    @Test("an owner who has no other connection ends the wait")
    func refusal() throws {
        let loopback = Relay.loopback(NBDExport(memory, NBDExport.Settings()), limits: [1000])
        loopback.maximumConnectionCount = 1
        var settings = NBDNode.Settings()
        settings.patienceMilliseconds = 3_600_000
        let node = try NBDNode(loopback, settings)

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 1 << 20) }
    }

    @Test("another disk behind the next connection is not used")
    func exchange() throws {
        let other = NBDExport(MemoryNode(MemoryNode.pattern(4096)), NBDExport.Settings())
        let loopback = Relay.loopback(NBDExport(memory, NBDExport.Settings()), limits: [1000], then: other)
        var settings = NBDNode.Settings()
        settings.patienceMilliseconds = 3_600_000
        let node = try NBDNode(loopback, settings)

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 1 << 20) }
    }

    @Test("a server that is silent for too long is left")
    func silence() throws {
        let loopback = Relay.loopback(NBDExport(memory, NBDExport.Settings()), limits: [1000], isCutting: false)
        var settings = NBDNode.Settings()
        settings.silenceMilliseconds = 20
        let node = try NBDNode(loopback, settings)

        #expect(throws: BlockError.self) { try node.bytes(at: 0, count: 1 << 20) }
    }
}
