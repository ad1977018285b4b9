// SPDX-License-Identifier: Apache-2.0
import CMachine
import Host
import Testing

@Suite("Asynchronous I/O")
struct RingTests {
    /// A nameless file of 64 KiB whose bytes count up.
    private static func file() throws -> Descriptor {
        let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        try file.writeAll((0..<65536).map { UInt8(truncatingIfNeeded: $0 / 256) })
        return file
    }

    @Test("io_uring reads and writes what it was asked to, and tells by the tag")
    func ring() throws {
        let file = try Self.file()
        var ring = try IORing(entries: 8, allowing: [.readVectors, .synchronize])
        try ring.enable()
        let mapping = try Mapping(anonymous: 4096, alignment: 4096)
        let list = BufferList(capacity: 1)
        _ = unsafe list.append(mapping.start, byteCount: 512)

        check(ring.transfer(.readVectors, file: file.borrowed, buffers: list, offset: 512, tag: 42))
        try ring.enter(waitingFor: 1)
        let read = ring.nextCompletion()
        check(ring.nextCompletion() == nil)
        check(ring.synchronize(file: file.borrowed, tag: 43))
        try ring.enter(waitingFor: 1)
        let synchronized = ring.nextCompletion()

        #expect(read?.tag == 42)
        #expect(read?.result == 512)
        #expect(list.prefix(512) == [UInt8](repeating: 2, count: 256) + [UInt8](repeating: 3, count: 256))
        #expect(synchronized?.tag == 43)
        #expect(synchronized?.result == 0)
    }

    @Test("a ring refuses what it was not made for")
    func restricted() throws {
        let file = try Self.file()
        var ring = try IORing(entries: 8, allowing: [.synchronize])
        try ring.enable()
        let list = BufferList(capacity: 1)
        let mapping = try Mapping(anonymous: 4096, alignment: 4096)
        _ = unsafe list.append(mapping.start, byteCount: 512)

        check(ring.transfer(.writeVectors, file: file.borrowed, buffers: list, offset: 0, tag: 1))
        try ring.enter(waitingFor: 1)

        check(ring.nextCompletion()?.result == -EACCES)
    }

    @Test("a ring takes no more than its entries before they are entered")
    func full() throws {
        let file = try Self.file()
        var ring = try IORing(entries: 4, allowing: [.synchronize])
        try ring.enable()
        for tag in 0..<4 { check(ring.synchronize(file: file.borrowed, tag: UInt64(tag))) }
        check(!ring.synchronize(file: file.borrowed, tag: 9))

        try ring.enter(waitingFor: 4)
        var tags: [UInt64] = []
        while let completion = ring.nextCompletion() { tags.append(completion.tag) }

        #expect(tags.sorted() == [0, 1, 2, 3])
        check(ring.synchronize(file: file.borrowed, tag: 9))
    }

    @Test("Linux AIO reads, writes and synchronizes, and signals its event")
    func kernelAIO() throws {
        let file = try Self.file()
        let aio = try KernelAIO(capacity: 4)
        let mapping = try Mapping(anonymous: 4096, alignment: 4096)
        let list = BufferList(capacity: 1)
        _ = unsafe list.append(mapping.start, byteCount: 512)
        check(try aio.nextCompletion() == nil)

        let seen = try Epoll()
        try seen.add(aio.event.number, .readable, token: 0)
        func finish() throws -> IORing.Completion {
            while true {
                if let completion = try aio.nextCompletion() { return completion }
                try seen.wait { _, _ in }
            }
        }
        try aio.transfer(isWrite: false, file: file.borrowed, buffers: list, offset: 1024, tag: 3)
        let read = try finish()
        #expect(read.tag == 3)
        #expect(read.result == 512)
        #expect(list.prefix(2) == [4, 4])

        list.fill([77])
        try aio.transfer(isWrite: true, file: file.borrowed, buffers: list, offset: 0, tag: 0)
        #expect(try finish().result == 512)
        try aio.synchronize(file: file.borrowed, tag: 1)
        #expect(try finish().result == 0)
        #expect(try file.read(at: 0, count: 2) == [77, 4])
        check(aio.event.clear())
    }
}
