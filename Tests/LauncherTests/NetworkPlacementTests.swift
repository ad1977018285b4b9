// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import Host
import Synchronization
import Testing

@testable import Launcher

@Suite("Where a card's threads run")
struct NetworkPlacementTests {
    /// A thread of this process that waits until it is let go.
    private final class Waiter: Sendable {
        private let thread: NamedThread
        private let state: State

        private final class State: Sendable {
            let hasBegun = Semaphore()
            let mayEnd = Semaphore()
            let identifier = Atomic<Int>(0)
        }

        init(_ name: String) throws {
            let state = State()
            self.state = state
            thread = try NamedThread(name: name) {
                state.identifier.store(cmachine_thread_id(), ordering: .relaxed)
                state.hasBegun.signal()
                state.mayEnd.wait()
            }
            state.hasBegun.wait()
        }

        var identifier: pid_t { pid_t(state.identifier.load(ordering: .relaxed)) }

        /// The processors that the thread may run on.
        var processors: [Int] {
            let status = Files.text(of: "/proc/self/task/\(identifier)/status") ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
            let list = line?.split(separator: "\t").last.map(String.init) ?? ""
            if case .fixed(let numbers) = NetworkProcessors(list) { return numbers }
            return []
        }

        func end() {
            state.mayEnd.signal()
            thread.wait()
        }
    }

    @Test("threads are found by their names, and vCPUs in the order of their numbers")
    func finds() throws {
        let waiters = try ["vcpu10", "vcpu2", "net7.1"].map(Waiter.init)
        let found = ProcessThreads(of: getpid())
        #expect(found.virtualProcessors == [waiters[1].identifier, waiters[0].identifier])
        #expect(found.thread(named: "net7.1") == waiters[2].identifier)
        #expect(found.thread(named: "net7") == nil)
        #expect(ProcessThreads.processor(of: waiters[0].identifier, in: getpid()) != nil)
        for waiter in waiters { waiter.end() }
        #expect(ProcessThreads.processor(of: waiters[0].identifier, in: getpid()) == nil)
    }

    @Test(
        "each pair is placed once all have begun",
        .enabled(if: sysconf(CInt(_SC_NPROCESSORS_ONLN)) > 1, "needs two processors"), arguments: [0, 1])
    func places(_ processor: Int) throws {
        let waiters = try ["net8.0", "net8.1"].map(Waiter.init)
        let before = waiters[0].processors
        var network = NetworkConfiguration(attachment: .tap(name: "tap0"))
        network.queueCount = 2
        let event = try EventDescriptor()
        let number = event.number
        let placement = NetworkPlacement(card: 8, network, .fixed([processor]), started: event)
        EventDescriptor.signal(borrowing: number)
        placement.takeStart(of: getpid())
        #expect(waiters.map(\.processors) == [before, before])
        EventDescriptor.signal(borrowing: number)
        placement.takeStart(of: getpid())

        #expect(waiters.map(\.processors) == [[processor], [processor]])
        for waiter in waiters { waiter.end() }
    }

    @Test("a pair follows its vCPU", .enabled(if: sysconf(CInt(_SC_NPROCESSORS_ONLN)) > 1, "needs two processors"))
    func follows() throws {
        let waiters = try ["net9", "vcpu0"].map(Waiter.init)
        let place = try #require(ProcessThreads.processor(of: waiters[1].identifier, in: getpid()))
        let elsewhere: [UInt] = [place == 0 ? 0b10 : 0b01]
        try SystemCallError.check(
            unsafe cmachine_set_affinity(waiters[0].identifier, elsewhere, 8), "sched_setaffinity")
        #expect(waiters[0].processors != [place])
        let event = try EventDescriptor()
        let number = event.number
        let placement = NetworkPlacement(
            card: 9, NetworkConfiguration(attachment: .tap(name: "tap0")), .follow, started: event)
        #expect(!placement.wantsTime)
        EventDescriptor.signal(borrowing: number)
        placement.takeStart(of: getpid())

        #expect(placement.wantsTime)
        #expect(waiters[0].processors == [place])
        for waiter in waiters { waiter.end() }
    }
}
