// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// A host's end of the console: one or two descriptors.
final class ConsoleStream {
    /// `nil` where there is no input, or where it is the output's socket.
    private let input: Descriptor?
    private let output: Descriptor
    /// A client that goes away is replaced by the next one; a terminal, a pipe or a file is not.
    let isClient: Bool
    /// Whether one can wait for room: a file has none, or has room at once.
    let canWait: Bool
    private(set) var watched: [CInt] = []
    private var hasInput: Bool

    /// A stream over two descriptors; the input may be missing.
    init(input: consuming Descriptor?, output: consuming Descriptor) throws(SystemCallError) {
        hasInput = input != nil
        try input?.setNonBlocking()
        try output.setNonBlocking()
        canWait = try Self.canWait(for: output)
        self.input = input
        self.output = output
        isClient = false
    }

    /// A stream over one connected, non-blocking socket.
    init(socket: consuming Descriptor) {
        input = nil
        output = socket
        hasInput = true
        isClient = true
        canWait = true
    }

    func watch(
        on loop: ControlLoop, input wantsInput: Bool, output wantsOutput: Bool, _ handler: @escaping ControlLoop.Handler
    ) {
        let readable: Epoll.Events = wantsInput && hasInput ? .readable : []
        let writable: Epoll.Events = wantsOutput ? .writable : []
        watched = []
        add(output.borrowed, isClient ? readable.union(writable) : writable, to: loop, handler)
        switch input {
        case .some(let descriptor): add(descriptor.borrowed, readable, to: loop, handler)
        case .none: break
        }
    }

    private func add(
        _ number: CInt, _ events: Epoll.Events, to loop: ControlLoop, _ handler: @escaping ControlLoop.Handler
    ) {
        guard !events.isEmpty, (try? loop.watch(number, events, handler: handler)) != nil else { return }
        watched.append(number)
    }

    /// Writes what fits.
    ///
    /// - Throws: Where nobody will ever take these bytes.
    func write(_ bytes: [UInt8]) throws(SystemCallError) -> Int {
        try output.write(bytes[...])
    }

    /// Reads what is there, at most `count` bytes; empty for nothing yet, `nil` at the end.
    func read(upTo count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        guard hasInput else { return nil }
        do {
            let bytes: [UInt8]? =
                switch input {
                case .some(let descriptor): try descriptor.read(upTo: count)
                case .none: try output.read(upTo: count)
                }
            guard let bytes else { return [] }
            return bytes.isEmpty ? nil : bytes
        } catch { return nil }
    }

    /// Reads no more; output goes on.
    func closeInput() { hasInput = false }

    /// Whether epoll(7) takes the descriptor: it refuses files and devices that are always ready.
    private static func canWait(for descriptor: borrowing Descriptor) throws(SystemCallError) -> Bool {
        let probe = try Epoll()
        do {
            try probe.add(descriptor.borrowed, [], token: 0)
            return true
        } catch {
            guard error.code == EPERM else { throw error }
            return false
        }
    }
}
