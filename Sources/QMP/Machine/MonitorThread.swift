// SPDX-License-Identifier: Apache-2.0

/// A thread that serves a device, as `query-iothreads` tells of it.
package struct MonitorThread: Equatable, Sendable {
    /// The name of the thread, such as `net0.1`.
    package var name: String
    /// The identifier of the thread (`gettid`).
    package var threadIdentifier: Int32

    /// Makes the description of a thread.
    package init(name: String, threadIdentifier: Int32) {
        self.name = name
        self.threadIdentifier = threadIdentifier
    }
}
