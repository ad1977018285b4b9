// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Machine
import MachineTesting
import Synchronization
import Testing

/// A device on threads of its own, bound to their filter: a system call that is not in it ends the test's process.
struct DeviceThread: ~Copyable {
    private let threads: [Member]

    private final class Member: Sendable {
        let thread: NamedThread
        /// The thread's number, 0 before it runs.
        private let number: Number

        private final class Number: Sendable {
            let value = Atomic<Int32>(0)
        }

        init(_ part: any ServingThread, filter: SeccompFilter) throws {
            let number = Number()
            self.number = number
            thread = try NamedThread(name: "device") {
                number.value.store(gettid(), ordering: .releasing)
                do { try part.serve(under: filter) } catch { Issue.record(error) }
            }
        }

        /// Whether the thread sleeps now, by proc_pid_stat(5).
        var isAsleep: Bool {
            let number = number.value.load(ordering: .acquiring)
            guard let file = try? Descriptor(path: "/proc/self/task/\(number)/stat", flags: O_RDONLY),
                let text = try? file.readToEnd()
            else { return false }
            return String(decoding: text, as: UTF8.self).contains(") S ")
        }
    }

    /// - Parameter companions: The filter of the device's further threads; the same by default.
    init(_ device: some ThreadedDevice, filter: SeccompFilter, companions: SeccompFilter? = nil) throws {
        let first = try Member(device, filter: filter)
        threads = try [first] + device.companions.map { try Member($0, filter: companions ?? filter) }
    }

    /// Expects that every thread sleeps at some time, as one does that has nothing to do. One that goes round and round
    /// never does, however often one looks.
    borrowing func expectRest(at location: SourceLocation = #_sourceLocation) {
        for member in threads {
            let sleeps = (0..<10_000).contains { _ in
                sched_yield()
                return member.isAsleep
            }
            #expect(sleeps, "a thread with nothing to do runs on", sourceLocation: location)
        }
    }

    consuming func join() {
        for member in threads { member.thread.wait() }
    }

    /// Waits for the queue's interrupt, ten seconds at most, until there is a chain.
    borrowing func collect<Device>(from queue: Int, _ bench: Workbench<Device>) throws -> (
        head: UInt32, byteCount: UInt32
    ) {
        while true {
            if let used = try bench.queues[queue].collect() { return used }
            try bench.queues[queue].setUsedEvent(bench.queues[queue].lastSeenUsed)
            if let used = try bench.queues[queue].collect() { return used }
            try waitUntilReady(bench.device.wires.callDescriptor(queue), readable: true)
            bench.device.wires.clearCall(queue)
        }
    }
}

/// Waits until a descriptor is ready; throws after ten seconds.
func waitUntilReady(_ descriptor: CInt, readable: Bool) throws {
    var entry = pollfd(fd: descriptor, events: Int16(readable ? POLLIN : POLLOUT), revents: 0)
    while true {
        let count = unsafe poll(&entry, 1, 10_000)
        if count > 0 { return }
        if count == 0 { throw SystemCallError(call: "poll", code: ETIMEDOUT) }
    }
}
