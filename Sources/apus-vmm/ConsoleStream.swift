// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// A host's end of the console: one or two descriptors.
final class ConsoleStream {
    private let input: Descriptor?
    private let output: Descriptor
    /// A client that goes away is replaced by the next one; a terminal or a file is not.
    let endsWithInput: Bool
    /// Called when the client has gone.
    var ended: () -> Void = {}
    private(set) var watched: [CInt] = []
    private var hasInput: Bool

    /// A stream over two descriptors; the input may be missing.
    init(input: consuming Descriptor?, output: consuming Descriptor) throws(SystemCallError) {
        hasInput = input != nil
        try input?.setNonBlocking()
        try output.setNonBlocking()
        self.input = input
        self.output = output
        endsWithInput = false
    }

    /// A stream over one connected socket.
    init(socket: consuming Descriptor) throws(SystemCallError) {
        try socket.setNonBlocking()
        input = try socket.duplicate()
        output = socket
        hasInput = true
        endsWithInput = true
    }

    func watch(
        on loop: ControlLoop, input wantsInput: Bool, output wantsOutput: Bool, _ handler: @escaping ControlLoop.Handler
    ) {
        watched = []
        if wantsOutput, (try? loop.watch(output.borrowed, .writable, handler: handler)) != nil {
            watched.append(output.borrowed)
        }
        let number = inputNumber
        if wantsInput, let number, (try? loop.watch(number, .readable, handler: handler)) != nil {
            watched.append(number)
        }
    }

    private var inputNumber: CInt? {
        guard hasInput else { return nil }
        return switch input {
        case .some(let descriptor): descriptor.borrowed
        case .none: nil
        }
    }

    /// Writes what fits; `nil` where nobody will ever take it.
    func write(_ bytes: [UInt8]) -> Int? {
        do { return try output.write(bytes[...]) } catch { return nil }
    }

    /// Reads what is there, at most `count` bytes; empty for nothing yet, `nil` at the end.
    func read(upTo count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        switch input {
        case .none: return nil
        case .some(let descriptor):
            do {
                guard let bytes = try descriptor.read(upTo: count) else { return [] }
                return bytes.isEmpty ? nil : bytes
            } catch { return nil }
        }
    }

    /// Reads no more; output goes on.
    func closeInput() { hasInput = false }
}
