// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// The engine on io_uring: one system call submits, waits for completions and for wake sources.
package final class RingEngine: DiskEngine {
    private var ring: IORing
    private let sources: [CInt]
    private let slots: Int
    private let counter = CounterTarget()

    /// Makes the ring; the sources stay their owners', who must outlive the engine.
    package init(sources: [CInt], slots: Int) throws(SystemCallError) {
        var entries: UInt32 = 8
        while entries < UInt32(slots + sources.count) { entries *= 2 }
        ring = try IORing(entries: entries, allowing: IORing.Operation.allCases)
        self.sources = sources
        self.slots = slots
    }

    package func begin() throws(SystemCallError) {
        try ring.enable()
        for source in sources.indices { try watch(source) }
    }

    package func read(
        _ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int
    ) throws(SystemCallError) {
        try queue(ring.transfer(.readVectors, file: file, buffers: buffers, offset: offset, tag: UInt64(slot)))
    }

    package func write(
        _ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int
    ) throws(SystemCallError) {
        try queue(ring.transfer(.writeVectors, file: file, buffers: buffers, offset: offset, tag: UInt64(slot)))
    }

    package func flush(file: CInt, slot: Int) throws(SystemCallError) {
        try queue(ring.synchronize(file: file, tag: UInt64(slot)))
    }

    package func allocate(
        mode: Int32, file: CInt, at offset: UInt64, byteCount: UInt64, slot: Int
    ) throws(SystemCallError) {
        try queue(ring.allocate(file: file, mode: mode, offset: offset, byteCount: byteCount, tag: UInt64(slot)))
    }

    package func wait() throws(SystemCallError) {
        try ring.enter(waitingFor: 1)
    }

    package func wait(nanoseconds: UInt64) throws(SystemCallError) {
        try ring.enter(waitingFor: 1, nanoseconds: nanoseconds)
    }

    package func next() throws(SystemCallError) -> DiskEvent? {
        guard let completion = ring.nextCompletion() else { return nil }
        let tag = Int(truncatingIfNeeded: completion.tag)
        guard tag >= slots else { return .completion(slot: tag, result: completion.result) }
        try watch(tag - slots)
        return .wake(source: tag - slots)
    }

    // A read of an event descriptor that nobody has signalled waits in the kernel.
    private func watch(_ source: Int) throws(SystemCallError) {
        try queue(ring.readCounter(sources[source], into: counter, tag: UInt64(slots + source)))
    }

    private func queue(_ hasRoom: Bool) throws(SystemCallError) {
        guard hasRoom else { throw SystemCallError(call: "io_uring submission", code: EBUSY) }
    }
}
