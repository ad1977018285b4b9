// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Threads for work that waits for storage. They are started as they are needed, at most `limit`.
package final class WorkerPool: @unchecked Sendable {
    // Unchecked: everything that changes does so under the lock.
    private let lock = Lock()
    private var waiting: [@Sendable () -> Void] = []
    private var idleCount = 0
    private var isClosed = false
    private var threads: [Thread] = []
    private let limit: Int

    private final class Thread {
        let thread: NamedThread
        init(_ thread: consuming NamedThread) { self.thread = thread }
    }

    package init(limit: Int) {
        self.limit = limit
    }

    /// Has a thread perform `work` soon. Performed at once, on the calling thread, where no thread can be had.
    package func perform(_ work: @escaping @Sendable () -> Void) {
        let isTaken = lock.holding { () -> Bool in
            if idleCount <= waiting.count, threads.count < limit { start() }
            guard !threads.isEmpty else { return false }
            waiting.append(work)
            lock.wake()
            return true
        }
        if !isTaken { work() }
    }

    /// Waits for all work and ends the threads. Nothing may be given to the pool any more.
    package func close() {
        let ending = lock.holding { () -> [Thread] in
            isClosed = true
            lock.wake()
            defer { threads = [] }
            return threads
        }
        for thread in ending { thread.thread.wait() }
    }

    private func start() {
        if let thread = try? NamedThread(name: "nbd-work\(threads.count)", body: { [self] in run() }) {
            threads.append(Thread(thread))
        }
    }

    private func run() {
        lock.lock()
        while true {
            if !waiting.isEmpty {
                let work = waiting.removeFirst()
                lock.unlock()
                work()
                lock.lock()
            } else if isClosed {
                break
            } else {
                idleCount += 1
                lock.wait()
                idleCount -= 1
            }
        }
        lock.unlock()
    }
}
