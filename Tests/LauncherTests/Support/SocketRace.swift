// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Synchronization

@testable import Launcher

/// Several launchers that make a socket at one path at the same time.
///
/// `@unchecked Sendable`: what is mutable is used with `lock` held.
final class SocketRace: @unchecked Sendable {
    /// Whether the sockets' owners die without taking their files along.
    let leavesStale: Bool
    private let path: String
    private let lock = Lock()
    private var files: [SocketFile] = []
    private var listeners: [CInt] = []
    private var found: [String] = []
    /// The starting thread's.
    private var threads: [Joinable] = []

    init(path: String, leavesStale: Bool) {
        self.path = path
        self.leavesStale = leavesStale
    }

    var winners: Int { lock.holding { files.count } }
    var refusals: [String] { lock.holding { found } }

    /// Lets so many launchers go at once.
    func start(threads count: Int) throws {
        let start = EventGate()
        threads = try (0..<count).map { index in
            let thread = try NamedThread(name: "race\(index)") { [self] in
                start.wait()
                compete()
            }
            return Joinable(thread)
        }
        start.open()
    }

    /// Waits until all have won or lost.
    func finish() {
        for thread in threads { thread.join() }
        threads = []
    }

    /// Whether who has won is who answers.
    var isReachable: Bool {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        let client = Descriptor(owning: number)
        guard unsafe cmachine_unix_connect(client.borrowed, path) == 0 else { return false }
        return lock.holding {
            let accepted = CInt(cmachine_accept(listeners.first ?? -1))
            if accepted >= 0 { close(accepted) }
            return accepted >= 0
        }
    }

    /// Closes the winner's socket, and lets its file stay or go.
    func end() {
        for number in listeners { close(number) }
        if leavesStale { for file in files { unsafe _ = Unmanaged.passRetained(file) } }
        listeners = []
        files = []
    }

    private func compete() {
        do throws(LaunchProblem) {
            var listener: CInt = -1
            let file = try SocketFile(at: path) { listener = $0.release() }
            lock.holding {
                files.append(file)
                listeners.append(listener)
            }
        } catch {
            lock.holding { found.append(error.found) }
        }
    }

    /// Lets all threads that wait at it go at once.
    private final class EventGate: Sendable {
        private let isOpen = Atomic(false)

        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) { sched_yield() } }
    }

    private final class Joinable {
        private let thread: NamedThread
        init(_ thread: consuming NamedThread) { self.thread = thread }
        func join() { thread.wait() }
    }
}
