// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Host

@Suite("Control loop")
struct ControlLoopTests {
    @Test("calls the handler of what is ready, and no other")
    func ready() throws {
        let loop = try ControlLoop()
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        var calls: [String] = []
        try loop.watch(first.number, .readable) { _ in calls.append("first") }
        try loop.watch(second.number, .readable) { _ in calls.append("second") }

        second.signal()
        try loop.turn(timeoutMilliseconds: 0)

        #expect(calls == ["second"])
        first.clear()
    }

    @Test("runs until a handler says that it is over")
    func finish() throws {
        let loop = try ControlLoop()
        let event = try EventDescriptor()
        var count = 0
        try loop.watch(event.number, .readable) { _ in
            count += 1
            if count == 3 { loop.finish() }
        }
        event.signal()

        try loop.run()

        #expect(count == 3)
    }

    @Test("a handler may unwatch itself and others: none of them is called again")
    func unwatchInside() throws {
        let loop = try ControlLoop()
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        let numbers = [first.number, second.number]
        var count = 0
        for number in numbers {
            try loop.watch(number, .readable) { _ in
                count += 1
                for other in numbers { loop.unwatch(other) }
            }
        }
        first.signal()
        second.signal()

        try loop.turn(timeoutMilliseconds: 0)
        try loop.turn(timeoutMilliseconds: 0)

        #expect(count == 1)
    }

    @Test("a number that is watched anew in the same wait is not taken for the former one")
    func reuse() throws {
        let loop = try ControlLoop()
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        let numbers = [first.number, second.number]
        var calls: [String] = []
        for (index, number) in numbers.enumerated() {
            try loop.watch(number, .readable) { _ in
                let other = numbers[1 - index]
                loop.unwatch(other)
                try? loop.watch(other, []) { _ in calls.append("new") }
                calls.append("old")
            }
        }
        first.signal()
        second.signal()

        try loop.turn(timeoutMilliseconds: 0)

        #expect(calls == ["old"])
    }

    @Test("waits for other events after a change")
    func change() throws {
        let loop = try ControlLoop()
        let event = try EventDescriptor()
        var seen: [Epoll.Events] = []
        try loop.watch(event.number, .readable) { seen.append($0) }
        try loop.turn(timeoutMilliseconds: 0)

        try loop.change(event.number, .writable)
        try loop.turn(timeoutMilliseconds: 0)

        #expect(seen == [.writable])
    }

    @Test("a descriptor is watched once, and a regular file not at all")
    func refusals() throws {
        let loop = try ControlLoop()
        let event = try EventDescriptor()
        try loop.watch(event.number, .readable) { _ in }
        let file = try Descriptor(path: "/proc/self/exe", flags: O_RDONLY)

        #expect(throws: SystemCallError(call: "epoll_ctl", code: EEXIST)) {
            try loop.watch(event.number, .readable) { _ in }
        }
        #expect(throws: SystemCallError(call: "epoll_ctl", code: EPERM)) {
            try loop.watch(file.borrowed, .readable) { _ in }
        }
    }
}
