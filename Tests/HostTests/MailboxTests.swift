// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Synchronization
import Testing

@Suite("Mailbox")
struct MailboxTests {
    private final class Log: Sendable {
        let entries = Mutex<[Int]>([])
    }

    @Test("the owner performs at once, without the event")
    func owner() throws {
        let mailbox = try Mailbox()
        mailbox.adopt()
        let log = Log()

        mailbox.perform { log.entries.withLock { $0.append(1) } }

        #expect(log.entries.withLock { $0 } == [1])
        check(!mailbox.event.clear())
    }

    @Test("what was posted is performed once, in order")
    func order() throws {
        let mailbox = try Mailbox()
        let log = Log()
        for index in 0..<100 { mailbox.post { log.entries.withLock { $0.append(index) } } }
        #expect(log.entries.withLock { $0 }.isEmpty)

        mailbox.drain()
        mailbox.drain()

        #expect(log.entries.withLock { $0 } == Array(0..<100))
    }

    @Test("a closed mailbox lets those who wait go, unperformed, and takes nothing more")
    func close() throws {
        let mailbox = try Mailbox()
        let log = Log()
        let thread = try NamedThread(name: "other") {
            mailbox.perform { log.entries.withLock { $0.append(1) } }
            log.entries.withLock { $0.append(2) }
        }
        while !mailbox.event.clear() { sched_yield() }

        mailbox.close()
        thread.join()
        mailbox.post { log.entries.withLock { $0.append(3) } }
        mailbox.perform { log.entries.withLock { $0.append(4) } }
        mailbox.drain()

        #expect(log.entries.withLock { $0 } == [2])
    }

    @Test("others wait until the owner has performed")
    func otherThread() throws {
        let mailbox = try Mailbox()
        let log = Log()
        let isAdopted = Semaphore()
        let thread = try NamedThread(name: "owner") {
            mailbox.adopt()
            isAdopted.signal()
            while log.entries.withLock({ $0.count }) < 50 { mailbox.drain() }
        }
        isAdopted.wait()

        for index in 0..<50 {
            mailbox.perform { log.entries.withLock { $0.append(index) } }
            #expect(log.entries.withLock { $0.count } == index + 1)
        }
        thread.join()
    }
}
