// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host

/// The user-mode network stack of one card: a process of `passt`, ended with its owner. Main thread only.
final class NetworkStack {
    static let program = "passt"
    private static let maximumOutputByteCount = 4096

    private let child: ChildProcess
    private let watch: Descriptor
    private let messages: Descriptor
    private var lastMessages: [UInt8] = []
    private(set) var hasEnded = false
    /// Whether it has closed its standard error, and will say no more.
    private(set) var isSilent = false

    /// Starts the program on its end of a pair of sockets.
    ///
    /// - Parameters:
    ///   - mtu: The packet size that it tells the guest; its own choice by default.
    ///   - path: Another program in its place.
    init(_ socket: borrowing Descriptor, mtu: Int? = nil, path: String? = nil) throws(SystemCallError) {
        let path = path ?? Environment.program(Self.program) ?? Self.program
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(call: "pipe2", code: errno) }
        let messages = Descriptor(owning: ends[0])
        let errors = Descriptor(owning: ends[1])
        try messages.setNonBlocking()
        let child = try ChildProcess(
            path: path,
            arguments: ["--foreground", "--quiet", "--stderr", "--fd", "3"] + (mtu.map { ["--mtu", "\($0)"] } ?? []),
            environment: Environment.all,
            descriptors: [null.borrowed, null.borrowed, errors.borrowed, socket.borrowed], ownSession: true)
        let number = cmachine_process_descriptor(child.identifier)
        guard number >= 0 else {
            child.kill()
            _ = child.wait()
            throw SystemCallError(call: "pidfd_open", code: CInt(-number))
        }
        self.child = child
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
