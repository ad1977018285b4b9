// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Host
internal import Synchronization

/// A named thread in a list: joined by whoever takes it out, once.
final class JoinableThread: Sendable {
    let name: String
    private let thread: NamedThread
    private let identity: Identity

    init(name: String, body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let identity = Identity()
        self.name = name
        self.identity = identity
        thread = try NamedThread(name: name) {
            identity.number.store(cmachine_thread_id(), ordering: .relaxed)
            body()
        }
    }

    /// The kernel's id of the thread; 0 until it runs.
    var identifier: Int { identity.number.load(ordering: .relaxed) }

    func kick() { thread.kick() }
    func join() { thread.wait() }

    private final class Identity: Sendable {
        // Relaxed: a number on its own, for reports.
        let number = Atomic<Int>(0)
    }
}
