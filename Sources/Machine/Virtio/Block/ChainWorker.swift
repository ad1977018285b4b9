// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

/// The thread that owns a disk's image chain: it does what the device's thread cannot do by itself, one job after the
/// other, and may wait for the disk.
///
/// `@unchecked Sendable`: the chain and the bounce buffer belong to the thread that calls `step()`; jobs change hands
/// under the lock, and each side looks only at those that it has.
final class ChainWorker: ServingThread, @unchecked Sendable {
    /// Signalled with each job that has ended.
    let event: EventDescriptor
    private let chain: ImageChain
    private let lock = Lock()
    // All four under the lock.
    private var waiting: [ChainJob] = []
    private var ended: [ChainJob] = []
    private var isFinishing = false
    private var isClosed = false
    private var bounce: [UInt8] = []

    /// A longer transfer is made in pieces of this many bytes.
    private static let pieceByteCount = 1 << 20
    /// More granules than these are looked up anew when they are used.
    private static let maximumChangedGranules: UInt64 = 4096

    init(_ chain: ImageChain) throws(SystemCallError) {
        self.chain = chain
        event = try EventDescriptor()
    }

    func begin() throws(SystemCallError) {}

    /// Waits for jobs and does them; false once the device has finished with the chain, which is closed then.
    func step() throws(SystemCallError) -> Bool {
        let jobs = lock.holding { () -> [ChainJob] in
            while waiting.isEmpty && !isFinishing { lock.wait() }
            let result = waiting
            waiting.removeAll(keepingCapacity: true)
            return result
        }
        guard !jobs.isEmpty else {
            // Who closes has nobody to tell: what was acknowledged as flushed is durable.
            do throws(BlockError) { try chain.close() } catch {}
            return false
        }
        for job in jobs {
            perform(job)
            end(job)
        }
        return true
    }

    func close() {
        lock.holding {
            isClosed = true
            for job in waiting { job.result = -EIO }
            ended += waiting
            waiting = []
        }
        event.signal()
    }

    /// Hands a job over. Called by the device's thread.
    func submit(_ job: ChainJob) {
        lock.holding {
            if isClosed {
                job.result = -EIO
                ended.append(job)
                event.signal()
            } else {
                waiting.append(job)
                lock.wake()
            }
        }
    }

    /// Takes the jobs that have ended, in the order in which they were submitted. Called by the device's thread.
    func takeEnded() -> [ChainJob] {
        lock.holding {
            let result = ended
            ended.removeAll(keepingCapacity: true)
            return result
        }
    }

    /// Has the thread close the chain and end, once it has done what was submitted. Any thread.
    func finish() {
        lock.holding {
            isFinishing = true
            lock.wake()
        }
    }

    private func end(_ job: ChainJob) {
        lock.holding { ended.append(job) }
        event.signal()
    }

    private func perform(_ job: ChainJob) {
        do throws(BlockError) {
            switch job.work {
            case .map(let page): lookUp(page, for: job)
            case .read(let request, let range): job.result = try read(range, into: request.writable)
            case .write(let request, let range):
                job.result = try write(range, from: request.readable)
                changed(range, job)
            case .zeroes(_, let range, let mayUnmap):
                try chain.top.writeZeroes(range, mayUnmap: mayUnmap)
                changed(range, job)
            case .discard(_, let range):
                try chain.top.discard(range)
                changed(range, job)
            case .flush: try chain.top.flush()
            }
        } catch {
            job.result = Self.code(of: error)
        }
        job.hasUnwrittenMetadata = chain.hasUnwrittenMetadata
        job.admitsDirectWrites = chain.admitsDirectWrites
    }

    /// Where one granule of a page is wrong, each is asked for by itself, and the wrong one says so.
    private func lookUp(_ page: UInt64, for job: ChainJob) {
        let count = GranuleCache.pageGranuleCount
        let first = page * UInt64(count)
        do throws(BlockError) {
            job.known = (first, try chain.mappings(from: first, count: count))
        } catch {
            job.known = (first, [GranuleMapping](repeating: .indirect, count: count))
        }
    }

    /// Looks up what a job has changed: whole clusters, because a new one holds all that was there.
    private func changed(_ range: Range<UInt64>, _ job: ChainJob) {
        let unit = chain.discardByteCount
        let start = range.lowerBound & ~(unit - 1)
        let whole = start..<min(start + (range.upperBound - start + unit - 1) & ~(unit - 1), chain.byteCount)
        guard !whole.isEmpty, whole.length >> UInt64(chain.granuleBits) < Self.maximumChangedGranules else { return }
        // What cannot be looked up now is forgotten, and looked up when it is used.
        job.known = try? chain.mappings(of: whole)
    }

    private func read(_ range: Range<UInt64>, into buffers: BufferList) throws(BlockError) -> Int32 {
        var bytes = takeBounce(for: range)
        defer { bounce = bytes }
        var done = 0
        while UInt64(done) < range.length {
            let count = min(Int(range.length) - done, bytes.count)
            var elements = bytes.mutableSpan
            var all = unsafe elements.mutableBytes
            var piece = all._mutatingExtracting(0..<count)
            try chain.top.read(into: &piece, at: range.lowerBound + UInt64(done))
            _ = unsafe bytes.withUnsafeBytes { bytes in
                unsafe buffers.copyIn(from: UnsafeRawBufferPointer(rebasing: bytes[0..<count]), at: done)
            }
            done += count
        }
        return Int32(truncatingIfNeeded: done)
    }

    private func write(_ range: Range<UInt64>, from buffers: BufferList) throws(BlockError) -> Int32 {
        var bytes = takeBounce(for: range)
        defer { bounce = bytes }
        var done = 0
        while UInt64(done) < range.length {
            let count = min(Int(range.length) - done, bytes.count)
            _ = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe buffers.copyOut(to: UnsafeMutableRawBufferPointer(rebasing: bytes[0..<count]), at: done)
            }
            try unsafe chain.top.write(bytes.span.bytes.extracting(0..<count), at: range.lowerBound + UInt64(done))
            done += count
        }
        return Int32(truncatingIfNeeded: done)
    }

    /// The buffer, for as long as the caller does not put it back, with room for a range or a piece of it.
    private func takeBounce(for range: Range<UInt64>) -> [UInt8] {
        let count = Int(min(range.length, UInt64(Self.pieceByteCount)))
        var result: [UInt8] = []
        swap(&result, &bounce)
        return result.count < count ? [UInt8](repeating: 0, count: count) : result
    }

    private static func code(of error: BlockError) -> Int32 {
        if case .system(let call) = error, call.code > 0 { return -call.code }
        return -EIO
    }
}
