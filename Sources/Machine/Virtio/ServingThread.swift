// SPDX-License-Identifier: Apache-2.0
package import Host

/// The work of one thread of a device.
///
/// The thread calls `begin()`, then `step()` until that returns false, and `close()` last.
package protocol ServingThread: AnyObject, Sendable {
    /// Binds the work to the calling thread.
    func begin() throws(SystemCallError)
    /// Waits for work and does it; false once the device was stopped.
    func step() throws(SystemCallError) -> Bool
    /// The thread serves no more: whoever waits for it, or will, goes on. The thread's last call.
    func close()
}

extension ServingThread {
    /// The whole of the thread: takes the filter for good, and serves until the device is stopped.
    package func serve(under filter: SeccompFilter) throws(SystemCallError) {
        defer { close() }
        try filter.install()
        try begin()
        while try step() {}
    }
}
