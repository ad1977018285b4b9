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
    private let errors: Descriptor
    private(set) var hasEnded = false

    /// Starts the program on its end of a pair of sockets.
    init(_ socket: borrowing Descriptor) throws(SystemCallError) {
        let path = Environment.program(Self.program) ?? Self.program
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let errors = try MemoryFile.make("passt-errors")
        let child = try ChildProcess(
            path: path, arguments: ["--foreground", "--quiet", "--stderr", "--fd", "3"], environment: Environment.all,
            descriptors: [null.borrowed, null.borrowed, errors.borrowed, socket.borrowed], ownSession: true)
        let number = cmachine_process_descriptor(child.identifier)
        guard number >= 0 else {
            child.kill()
            _ = child.wait()
            throw SystemCallError(call: "pidfd_open", code: CInt(-number))
        }
        self.child = child
        self.errors = errors
        watch = Descriptor(owning: CInt(number))
    }

    deinit {
        guard !hasEnded else { return }
        child.kill()
        _ = child.wait()
    }

    /// Readable when the process has ended.
    var number: CInt { watch.borrowed }

    /// Takes note of its end, and returns what it said last, in one line.
    func takeEnd() -> String {
        hasEnded = true
        let status = child.wait()
        let bytes = (try? errors.read(at: 0, count: Self.maximumOutputByteCount)) ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return "exit status \(status)" + (lines.last.map { ", \($0)" } ?? "")
    }
}
