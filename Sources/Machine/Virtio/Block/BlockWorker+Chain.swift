// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host

/// Requests to a disk whose image is a chain: what is known to lie in a file goes to the engine as it is, and the rest to
/// the chain's own thread.
extension BlockWorker {
    /// Goes on with a transfer from where it has come to, until something has to be waited for.
    func proceed(_ request: BlockRequest, on chain: ChainFront) throws(SystemCallError) {
        while request.done < request.byteCount {
            let offset = request.offset + UInt64(request.done)
            let rest = request.byteCount - request.done
            if !chain.releases.isEmpty, chain.isReleasing(offset..<offset + UInt64(rest)) {
                chain.parked.append(request)
                return
            }
            let run = chain.cache.run(at: offset, limit: rest)
            switch run.mapping.kind {
            case .unknown: return chain.look(up: chain.cache.page(of: offset), for: request)
            case .data where request.isRead || run.mapping.isWritable:
                return try move(request, run.byteCount, of: rest, chain.files[run.mapping.file], at: run.offset)
            case .zero where request.isRead:
                request.writable.clear(first: run.byteCount)
                request.writable.dropFirst(run.byteCount)
                request.done += run.byteCount
            default:
                let range = offset..<offset + UInt64(run.byteCount)
                return chain.submit(request.isRead ? .read(request, range) : .write(request, range))
            }
        }
        try endTransfer(request)
    }

    private func move(
        _ request: BlockRequest, _ count: Int, of rest: Int, _ file: CInt, at offset: UInt64
    ) throws(SystemCallError) {
        var buffers = request.isRead ? request.writable : request.readable
        if count < rest {
            request.piece.take(first: count, of: buffers)
            buffers = request.piece
        }
        request.directByteCount = count
        if request.isRead {
            try engine.read(buffers, file: file, at: offset, slot: request.slot)
        } else {
            try engine.write(buffers, file: file, at: offset, slot: request.slot)
        }
    }

    /// Discards or zeroes a range. The room that it gives up may soon be another's, so nothing may be on its way there:
    /// what has been begun ends first, and what comes waits.
    func release(_ request: BlockRequest, on chain: ChainFront, isDiscard: Bool, mayUnmap: Bool) {
        request.stage = .finish
        let range = request.offset..<request.offset + UInt64(request.byteCount)
        let work: ChainJob.Work =
            isDiscard ? .discard(request, range) : .zeroes(request, range, mayUnmap: mayUnmap)
        chain.releases.append(ChainFront.Release(request: request, range: range, job: ChainJob(work)))
        startReleases(chain)
    }

    /// Calls the chain for the releases that nothing is in the way of any more.
    func startReleases(_ chain: ChainFront) {
        for index in chain.releases.indices where !chain.releases[index].isSubmitted {
            let range = chain.releases[index].range
            guard !requests.contains(where: { $0.isWriting(in: range) }) else { continue }
            chain.releases[index].isSubmitted = true
            chain.submit(chain.releases[index].job)
        }
    }

    /// Takes back what the chain has done.
    func takeEndedJobs() {
        guard let chain else { return }
        for job in chain.worker.takeEnded() {
            chain.note(job)
            switch job.work {
            case .map(let page): for request in chain.takeWaiting(for: page) { restart(request) }
            case .read(let request, _), .write(let request, _), .flush(let request?): complete(request, job.result)
            case .flush(nil): break
            case .zeroes(let request, _, _), .discard(let request, _): endRelease(request, job.result, chain)
            }
        }
    }

    private func endRelease(_ request: BlockRequest, _ result: Int32, _ chain: ChainFront) {
        chain.releases.removeAll { $0.request === request }
        if result == 0, flushesEachWrite {
            chain.submit(.flush(request))
        } else {
            complete(request, result)
        }
        let parked = chain.parked
        chain.parked = []
        for request in parked { restart(request) }
    }

    /// Has the chain write what it holds back. Nothing is under way; who takes the disk over finds all of it in the
    /// files.
    func settle(_ chain: ChainFront) {
        if chain.mustFlushItself { chain.submit(.flush(nil)) }
        while chain.jobsUnderWay > 0 {
            do {
                try engine.wait()
                try handleEvents()
            } catch {
                return
            }
        }
    }
}

extension BlockRequest {
    /// Whether the engine writes for it into a range of the disk now.
    fileprivate func isWriting(in range: Range<UInt64>) -> Bool {
        guard directByteCount > 0, !isRead else { return false }
        let start = offset + UInt64(done)
        return range.overlaps(start..<start + UInt64(directByteCount))
    }
}
