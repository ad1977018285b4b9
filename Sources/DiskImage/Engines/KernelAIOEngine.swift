// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// The engine on Linux AIO, for hosts that deny io_uring. fallocate(2) has no asynchronous form there, so it
/// is done on the spot and its completion queued.
package final class KernelAIOEngine: DiskEngine {
    private let aio: KernelAIO
    private let poll: Epoll
    private let sources: [CInt]
    private var ready: [DiskEvent] = []

    package init(sources: [CInt], slots: Int) throws(SystemCallError) {
        aio = try KernelAIO(capacity: slots)
        poll = try Epoll()
        self.sources = sources
    }

    package func begin() throws(SystemCallError) {
        for (index, source) in sources.enumerated() {
            try poll.add(source, [.readable, .edgeTriggered], token: UInt64(index))
        }
        try poll.add(aio.event.number, .readable, token: UInt64(sources.count))
    }

    package func read(
        _ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int
    ) throws(SystemCallError) {
        try aio.transfer(isWrite: false, file: file, buffers: buffers, offset: offset, tag: slot)
    }

    package func write(
        _ buffers: BufferList, file: CInt, at offset: UInt64, slot: Int
    ) throws(SystemCallError) {
        try aio.transfer(isWrite: true, file: file, buffers: buffers, offset: offset, tag: slot)
    }

    package func flush(file: CInt, slot: Int) throws(SystemCallError) {
        try aio.synchronize(file: file, tag: slot)
    }

    package func allocate(
        mode: Int32, file: CInt, at offset: UInt64, byteCount: UInt64, slot: Int
    ) throws(SystemCallError) {
        var result = -Int(EINTR)
        while result == -Int(EINTR) {
            result = cmachine_fallocate(
                file, mode, Int64(truncatingIfNeeded: offset), Int64(truncatingIfNeeded: byteCount))
        }
        ready.append(.completion(slot: slot, result: Int32(truncatingIfNeeded: result)))
    }

    package func wait() throws(SystemCallError) { try wait(milliseconds: -1) }

    package func wait(nanoseconds: UInt64) throws(SystemCallError) {
        try wait(milliseconds: CInt(clamping: (nanoseconds + 999_999) / 1_000_000))
    }

    private func wait(milliseconds: CInt) throws(SystemCallError) {
        guard ready.isEmpty else { return }
        var woken: [Int] = []
        try poll.wait(timeoutMilliseconds: milliseconds) { token, _ in woken.append(Int(token)) }
        for source in woken {
            if source == sources.count { aio.event.clear() } else { ready.append(.wake(source: source)) }
        }
    }

    package func next() throws(SystemCallError) -> DiskEvent? {
        if let event = ready.popLast() { return event }
        guard let completion = try aio.nextCompletion() else { return nil }
        return .completion(slot: Int(truncatingIfNeeded: completion.tag), result: completion.result)
    }
}
