// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@Suite("Descriptors")
struct DescriptorTests {
    private struct Pipe: ~Copyable {
        let reading: Descriptor
        let writing: Descriptor

        init() throws {
            var numbers: [CInt] = [0, 0]
            guard unsafe pipe2(&numbers, O_CLOEXEC | O_NONBLOCK) == 0 else {
                throw SystemCallError(call: "pipe2", code: errno)
            }
            reading = Descriptor(owning: numbers[0])
            writing = Descriptor(owning: numbers[1])
        }
    }

    @Test("a descriptor is closed when its owner ends")
    func closes() throws {
        let pipe = try Pipe()
        func borrowAndEnd() throws {
            let copy = try pipe.writing.duplicate()
            #expect(try copy.write([1, 2, 3]) == 3)
        }
        try borrowAndEnd()
        let writing = try pipe.writing.duplicate()
        #expect(try pipe.reading.read(upTo: 8) == [1, 2, 3])
        #expect(try pipe.reading.read(upTo: 8) == nil)
        _ = consume writing
    }

    @Test("an open that fails names the path and the reason")
    func open() {
        #expect(throws: SystemCallError(call: "open(/nowhere/at/all)", code: ENOENT)) {
            _ = try Descriptor(path: "/nowhere/at/all", flags: O_RDONLY)
        }
    }

    @Test("epoll reports a descriptor's token and readiness")
    func epoll() throws {
        let set = try Epoll()
        let pipe = try Pipe()
        try set.add(pipe.reading.borrowed, .readable, token: 77)
        var found: [UInt64] = []
        try set.wait(timeoutMilliseconds: 0) { token, _ in found.append(token) }
        #expect(found.isEmpty)

        _ = try pipe.writing.write([1])
        try set.wait(timeoutMilliseconds: 1000) { token, events in
            found.append(token)
            #expect(events.contains(.readable))
        }
        #expect(found == [77])

        try set.remove(pipe.reading.borrowed)
        try set.wait(timeoutMilliseconds: 0) { token, _ in found.append(token) }
        #expect(found == [77])
    }

    @Test("an edge is reported once, and again when there is more")
    func edges() throws {
        let set = try Epoll()
        let event = try EventDescriptor()
        try set.add(event.number, [.readable, .edgeTriggered], token: 1)
        for _ in 0..<3 {
            event.signal()
            var count = 0
            try set.wait(timeoutMilliseconds: 1000) { _, _ in count += 1 }
            try set.wait(timeoutMilliseconds: 0) { _, _ in count += 1 }
            #expect(count == 1)
        }
    }

    @Test("a cleared event was signalled, or was not")
    func event() throws {
        let event = try EventDescriptor()
        check(!event.clear())
        event.signal()
        event.signal()
        check(event.clear())
        check(!event.clear())
    }
}
