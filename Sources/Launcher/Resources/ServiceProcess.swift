// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host

/// A program that serves one device of the machine, ended with its owner. Main thread only.
final class ServiceProcess {
    /// What has failed when the program ends, such as `a network is down: passt`.
    let failure: String
    private static let maximumOutputByteCount = 4096

    private let child: ChildProcess
    private let watch: Descriptor
    private let messages: Descriptor
    private var lastMessages: [UInt8] = []
    private(set) var hasEnded = false
    /// Whether it has closed its standard error, and will say no more.
    private(set) var isSilent = false

    /// Starts a program, with a socket as its descriptor 3.
    ///
    /// - Parameter failure: What has failed when it ends.
    init(
        path: String, arguments: [String], socket: borrowing Descriptor, failure: String
    ) throws(SystemCallError) {
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(call: "pipe2", code: errno) }
        let messages = Descriptor(owning: ends[0])
        let errors = Descriptor(owning: ends[1])
        try messages.setNonBlocking()
        let child = try ChildProcess(
            path: path, arguments: arguments, environment: Environment.all,
            descriptors: [null.borrowed, null.borrowed, errors.borrowed, socket.borrowed], ownSession: true)
        let number = cmachine_process_descriptor(child.identifier)
        guard number >= 0 else {
            child.kill()
            _ = child.wait()
            throw SystemCallError(call: "pidfd_open", code: CInt(-number))
        }
        self.child = child
        self.failure = failure
        self.messages = messages
        watch = Descriptor(owning: CInt(number))
    }

    deinit {
        guard !hasEnded else { return }
        child.kill()
        _ = child.wait()
    }

    /// Readable when the process has ended.
    var number: CInt { watch.borrowed }

    /// Readable when it has said something, or says no more.
    var messagesNumber: CInt { messages.borrowed }

    /// Takes some of what it has said, and keeps the end of it. It waits for this once the pipe is full.
    func listen() {
        guard let bytes = try? messages.read(upTo: Self.maximumOutputByteCount) else { return }
        isSilent = bytes.isEmpty
        lastMessages = (lastMessages + bytes).suffix(Self.maximumOutputByteCount)
    }

    /// How much of what it has said is kept.
    var keptByteCount: Int { lastMessages.count }

    /// Takes note of its end, and returns what it said last, in one line.
    func takeEnd() -> String {
        hasEnded = true
        let status = child.wait()
        // What a pipe holds at most; more could only come from a child of its own.
        for _ in 0..<(64 << 10) / Self.maximumOutputByteCount { listen() }
        let lines = String(decoding: lastMessages, as: UTF8.self).split(whereSeparator: \.isNewline)
        return "exit status \(status)" + (lines.last.map { ", \($0)" } ?? "")
    }
}
