// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A named thread in a list: joined by whoever takes it out, once.
final class JoinableThread: Sendable {
    private let thread: NamedThread

    init(name: String, body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        thread = try NamedThread(name: name, body: body)
    }

    func kick() { thread.kick() }
    func join() { thread.wait() }
}
