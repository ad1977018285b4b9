// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

/// Keeps the threads of one network card on the processors that were asked for: those of the machine's process, and
/// those that the kernel made for it (vhost-net). Main thread only.
///
/// The machine's process cannot look into /proc, so its launcher does. A card's threads are called `net0`, or `net0.0`,
/// `net0.1` … where it has several queue pairs; the kernel's thread of each is called `vhost-` and that thread's number,
/// and is a process of its own before Linux 6.4.
final class NetworkPlacement {
    /// How often the processors of vCPUs are looked at, where a card follows them.
    static let followMilliseconds: CInt = 1000
    private static let followNanoseconds: UInt64 = 1_000_000_000

    private let card: Int
    private let queueCount: Int
    private let hasKernelThreads: Bool
    private let processors: NetworkProcessors
    private let started: EventDescriptor
    private var startedCount: UInt64 = 0
    /// The threads of each queue pair, once they have begun.
    private var threads: [[pid_t]] = []
    private var lastLook: UInt64 = 0
    private var lastPlaces: [Int: Int] = [:]
    private var hasComplained = false

    init(
        card: Int, _ network: NetworkConfiguration, _ processors: NetworkProcessors, started: consuming EventDescriptor
    ) {
        self.card = card
        self.processors = processors
        queueCount = network.queueCount
        hasKernelThreads = network.vhost
        self.started = started
    }

    /// Readable when threads have begun.
    var number: CInt { started.number }

    /// Whether `follow` has to be called from time to time.
    var wantsTime: Bool { processors == .follow && !threads.isEmpty }

    /// Takes note of threads that have begun, and places them when all have.
    func takeStart(of process: pid_t) {
        guard let count = started.take() else { return }
        startedCount &+= count
        guard startedCount == UInt64(queueCount) else { return }
        let own = ProcessThreads(of: process)
        for pair in 0..<queueCount {
            let name = queueCount == 1 ? "net\(card)" : "net\(card).\(pair)"
            guard let thread = own.thread(named: name) else { continue }
            var group = [thread]
            if hasKernelThreads {
                let kernel = own.thread(named: "vhost-\(thread)") ?? ProcessThreads.process(named: "vhost-\(thread)")
                if let kernel {
                    group.append(kernel)
                } else {
                    complain(
                        "the kernel's thread vhost-\(thread) is not in sight and stays where it is; "
                            + "cpus= needs a /proc that shows the kernel's processes")
                }
            }
            threads.append(group)
        }
        if case .fixed(let numbers) = processors {
            for group in threads { place(group, on: numbers) }
        } else {
            follow(process)
        }
    }

    /// Moves each queue pair to where its vCPU ran last, unless that was looked at within the last second.
    func follow(_ process: pid_t) {
        let now = Self.monotonicNanoseconds()
        guard wantsTime, lastLook == 0 || now - lastLook >= Self.followNanoseconds else { return }
        lastLook = now
        let processorsOfGuest = ProcessThreads(of: process).virtualProcessors
        guard !processorsOfGuest.isEmpty else { return }
        for (pair, group) in threads.enumerated() {
            let virtual = processorsOfGuest[pair % processorsOfGuest.count]
            guard let place = ProcessThreads.processor(of: virtual, in: process), lastPlaces[pair] != place else {
                continue
            }
            lastPlaces[pair] = place
            self.place(group, on: [place])
        }
    }

    private func place(_ group: [pid_t], on numbers: [Int]) {
        for thread in group {
            let code = Self.setAffinity(of: thread, numbers)
            guard code != 0 else { continue }
            complain(
                "thread \(thread) cannot be moved to \(NetworkProcessors.fixed(numbers).text): "
                    + SystemCallError(call: "sched_setaffinity", code: code).reason
                    + (code == EPERM ? "; before Linux 6.4 vhost's threads are root's to move" : ""))
        }
    }

    private func complain(_ sentence: String) {
        if hasComplained { return }
        hasComplained = true
        Message.say("warning: net\(card): \(sentence)")
    }

    private static func monotonicNanoseconds() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    private static func setAffinity(of thread: pid_t, _ numbers: [Int]) -> CInt {
        var words = [UInt](repeating: 0, count: (NetworkProcessors.maximumProcessor + 1) / UInt.bitWidth)
        for number in numbers where number / UInt.bitWidth < words.count {
            words[number / UInt.bitWidth] |= 1 << UInt(number % UInt.bitWidth)
        }
        let result = unsafe cmachine_set_affinity(thread, words, words.count * 8)
        return CInt(truncatingIfNeeded: -result)
    }
}
