// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host

/// What the device's thread keeps of an image chain, so that it calls the chain's own thread for nothing that it knows.
///
/// Belongs to the device's thread.
final class ChainFront {
    let cache: GranuleCache
    let worker: ChainWorker
    /// The chain's files, by the numbers that granules have for them.
    let files: [CInt]
    /// Jobs that have been submitted and have not been taken back.
    private(set) var jobsUnderWay = 0
    /// As far as the device knows: what was submitted last may change it.
    private var hasUnwrittenMetadata = false
    private var admitsDirectWrites = false
    /// Requests that give room back, until they have ended: nothing else is begun in their ranges.
    var releases: [Release] = []
    /// Requests that such a range keeps from going on, in the order in which they came.
    var parked: [BlockRequest] = []
    private var awaitingPage: [UInt64: [BlockRequest]] = [:]

    /// A discard or write-zeroes request.
    struct Release {
        let request: BlockRequest
        let range: Range<UInt64>
        let job: ChainJob
        /// What was being written in its range when it came has ended, and the chain has been called.
        var isSubmitted = false
    }

    init(_ chain: ImageChain) throws(SystemCallError) {
        cache = try GranuleCache(diskByteCount: chain.byteCount, granuleBits: chain.granuleBits)
        files = chain.files.map(\.number)
        worker = try ChainWorker(chain)
    }

    /// Whether more than a file must be made durable.
    var mustFlushItself: Bool { hasUnwrittenMetadata || jobsUnderWay > 0 }

    func submit(_ work: ChainJob.Work) {
        submit(ChainJob(work))
    }

    func submit(_ job: ChainJob) {
        jobsUnderWay += 1
        worker.submit(job)
    }

    /// Has a page looked up; requests that wait for the same page wait for one job.
    func look(up page: UInt64, for request: BlockRequest) {
        if awaitingPage[page] == nil { submit(.map(page: page)) }
        awaitingPage[page, default: []].append(request)
    }

    /// The requests that waited for a page.
    func takeWaiting(for page: UInt64) -> [BlockRequest] { awaitingPage.removeValue(forKey: page) ?? [] }

    /// Whether a range is being given back.
    func isReleasing(_ range: Range<UInt64>) -> Bool { releases.contains { $0.range.overlaps(range) } }

    /// Takes note of what a job has found and changed. Jobs come in the order in which they were submitted.
    func note(_ job: ChainJob) {
        jobsUnderWay -= 1
        hasUnwrittenMetadata = job.hasUnwrittenMetadata
        if (job.result < 0 && job.mayChange) || job.admitsDirectWrites != admitsDirectWrites {
            // What is known says otherwise what may be written, or a part of what failed has been done.
            cache.removeAll()
            admitsDirectWrites = job.admitsDirectWrites
        }
        switch job.work {
        case .map(let page): if let known = job.known { cache.insert(page: page, known.mappings) }
        case .write(_, let range), .zeroes(_, let range, _), .discard(_, let range):
            if let known = job.known { cache.update(from: known.first, known.mappings) } else { cache.forget(range) }
        case .read, .flush: break
        }
    }
}
