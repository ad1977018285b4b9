// SPDX-License-Identifier: Apache-2.0

/// A vCPU, as `query-cpus-fast` tells of it.
package struct MonitorProcessor: Equatable, Sendable {
    /// The number of the vCPU, from 0.
    package var index: Int
    /// The identifier of the thread that runs it (`gettid`).
    package var threadIdentifier: Int32
    /// The package that it is in, from 0.
    package var socket: Int
    /// The core of the package, from 0.
    package var core: Int
    /// The thread of the core, from 0.
    package var thread: Int

    /// Makes the description of a vCPU.
    package init(index: Int, threadIdentifier: Int32, socket: Int, core: Int, thread: Int) {
        self.index = index
        self.threadIdentifier = threadIdentifier
        self.socket = socket
        self.core = core
        self.thread = thread
    }
}
