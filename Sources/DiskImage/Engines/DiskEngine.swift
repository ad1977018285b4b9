// SPDX-License-Identifier: Apache-2.0
package import Host

/// What an engine reports to the thread that waits on it.
package enum DiskEvent: Equatable, Sendable {
    /// The wake source with this index was signalled.
    case wake(source: Int)
    /// The operation of this slot ended: bytes moved, or a negative errno.
    case completion(slot: Int, result: Int32)
}

/// Asynchronous I/O on files for one thread, which waits for its completions and its wake sources at once.
///
/// At most one operation is under way per slot. All calls come from the thread that called `begin()`. Files stay their
/// owners', who keep them open until what was started on them has completed.
package protocol DiskEngine: AnyObject {
    /// Binds the engine to the calling thread and starts to watch the wake sources.
    func begin() throws(SystemCallError)
    /// Starts a read at `offset`; completes short only at the end of the file or on an error.
    func read(_ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int) throws(SystemCallError)
    func write(_ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int) throws(SystemCallError)
    /// Starts to make what completed before durable.
    func flush(file: CInt, slot: Int) throws(SystemCallError)
    /// Starts fallocate(2) with `mode`.
    func allocate(
        mode: Int32, file: CInt, at offset: UInt64, byteCount: UInt64, slot: Int
    ) throws(SystemCallError)
    /// Starts what was asked for and waits until there is an event.
    func wait() throws(SystemCallError)
    /// The same, and waits so many nanoseconds at most, or a little longer.
    func wait(nanoseconds: UInt64) throws(SystemCallError)
    /// Takes the next event, if any.
    func next() throws(SystemCallError) -> DiskEvent?
}
