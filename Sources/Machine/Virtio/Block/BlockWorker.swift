// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host
internal import CMachine

/// The work of a block device: requests out of the rings, operations into the engine, results back.
///
/// `@unchecked Sendable`: everything mutable belongs to the thread that called `begin()`; other threads reach
/// it through the mailbox alone, and read `progress` only while that thread has been told to rest.
final class BlockWorker: DeviceWorker, @unchecked Sendable {
    let engine: any DiskEngine
    /// The image chain; `nil` for a raw disk.
    let chain: ChainFront?
    private let geometry: DiskGeometry
    /// The raw disk, or the file of the chain that the guest's data are in: what a flush makes durable.
    private let file: CInt
    private let rawFile: Descriptor?
    private let wires: VirtioWires
    private let mailbox: Mailbox
    private let identity: [UInt8]
    private var queues: [DeviceQueue?]
    private(set) var requests: [BlockRequest] = []
    private var freeSlots: [BlockRequest] = []
    private var underWay = 0
    private var throttle: BlockThrottle?
    /// Neither chain nor throttle has a part in requests. Looked at first: it costs no count of references.
    private var isPlain: Bool
    private var isServing = false
    private var isRunning = true
    private(set) var flushesEachWrite = false
    /// Something was returned to a driver since the last `announce()`.
    private var hasNews = false

    /// Requests started from one queue before the thread looks at its other events.
    private static let budget = VirtioBlock.slotCount

    init(
        _ geometry: DiskGeometry, rawFile: consuming Descriptor?, chain: ChainFront?, engine: any DiskEngine,
        serial: String,
        wires: VirtioWires, mailbox: Mailbox
    ) {
        self.geometry = geometry
        file = chain?.files.first ?? rawFile?.borrowed ?? -1
        self.rawFile = rawFile
        self.chain = chain
        isPlain = chain == nil
        self.engine = engine
        self.wires = wires
        self.mailbox = mailbox
        queues = Array(repeating: nil, count: wires.queueCount)
        identity = Array((Array(serial.utf8) + [UInt8](repeating: 0, count: 20)).prefix(20))
        requests.reserveCapacity(VirtioBlock.slotCount)
        freeSlots.reserveCapacity(VirtioBlock.slotCount)
    }

    func begin() throws(SystemCallError) {
        try engine.begin()
    }

    /// Waits for events and handles them; false once the worker was stopped.
    func step() throws(SystemCallError) -> Bool {
        if !isPlain, let delay = throttle?.delay { try engine.wait(nanoseconds: delay) } else { try engine.wait() }
        try handleEvents()
        return isRunning
    }

    func stop() {
        deactivate()
        isRunning = false
    }

    func activate(_ activation: VirtioActivation) {
        flushesEachWrite = !activation.has(BlockFeature.flush)
        queues = (0..<wires.queueCount).map { index in
            DeviceQueue(index, of: activation, wires: wires)
        }
        wake()
    }

    func deactivate() {
        sleep()
        for index in queues.indices { queues[index] = nil }
        for request in requests { request.queue = nil }
    }

    /// Waits until nothing is under way. A disk that never answers holds up the caller, as it must: the
    /// buffers are still the disk's.
    func sleep() {
        isServing = false
        for request in throttle?.takeAll() ?? [] { restart(request) }
        while underWay > 0 {
            do {
                try engine.wait()
                try handleEvents()
            } catch {
                return
            }
        }
        if let chain { settle(chain) }
    }

    func wake() {
        isServing = true
        hasNews = true
        for index in queues.indices { serve(index) }
        announce()
    }

    var progress: [VirtqueueLayout?] { queues.map { $0?.ring.progress } }

    func handleEvents() throws(SystemCallError) {
        while let event = try engine.next() {
            switch event {
            case .completion(let slot, let result): complete(requests[slot], result)
            case .wake(0): mailbox.drain()
            case .wake(let source) where source > queues.count: takeEndedJobs()
            case .wake(let source): serve(source - 1)
            }
        }
        if !isPlain { resumeWaiting() }
        announce()
    }

    /// Begins what had to wait for others, or for its turn.
    private func resumeWaiting() {
        if let chain { startReleases(chain) }
        if let throttle { for request in throttle.takeAdmitted() { restart(request) } }
    }

    /// Takes other limits, or none. What waits by the old ones begins.
    func setThrottle(_ group: ThrottleGroup?) {
        if let group, let throttle, throttle.group === group { return throttle.tryAgain() }
        let waiting = throttle?.takeAll() ?? []
        throttle = group.map { BlockThrottle($0) }
        isPlain = chain == nil && group == nil
        for request in waiting { restart(request) }
    }

    /// Goes on with a transfer that had to wait.
    func restart(_ request: BlockRequest) {
        do { try resume(request) } catch { finish(request, BlockHeader.Status.ioError) }
    }

    /// Takes requests from a queue until it is empty, no slot is free, or the budget is spent.
    private func serve(_ index: Int) {
        guard isServing, index < queues.count, let queue = queues[index], !wires.isBroken else { return }
        do {
            if try start(from: queue) {
                // Requests that end at once free their slots at once: a driver that adds them as fast must not keep
                // the thread from its other events.
                wires.kick(index)
            }
        } catch {
            wires.breakDown()
        }
    }

    /// Starts requests; true if more wait behind the budget.
    private func start(from queue: DeviceQueue) throws(VirtqueueError) -> Bool {
        queue.ring.disableNotifications()
        for _ in 0..<Self.budget {
            guard let request = takeSlot() else {
                queue.isStarved = true
                return false
            }
            do {
                guard let chain = try queue.ring.pop(readable: request.readable, writable: request.writable) else {
                    freeSlots.append(request)
                    if queue.ring.enableNotifications() { continue }
                    return false
                }
                if request.queue !== queue { request.queue = queue }
                request.head = chain.head
            } catch {
                freeSlots.append(request)
                throw error
            }
            try start(request)
        }
        return true
    }

    private func takeSlot() -> BlockRequest? {
        if let request = freeSlots.popLast() { return request }
        guard requests.count < VirtioBlock.slotCount else { return nil }
        let request = BlockRequest(slot: requests.count)
        requests.append(request)
        return request
    }

    private func start(_ request: BlockRequest) throws(VirtqueueError) {
        underWay += 1
        guard let header = request.takeHeader(), request.writable.moveLastByte(to: request.status) else {
            release(request)
            throw .malformedRequest
        }
        do {
            try perform(header, request)
        } catch {
            finish(request, BlockHeader.Status.ioError)
        }
    }

    private func perform(_ header: BlockHeader, _ request: BlockRequest) throws(SystemCallError) {
        switch header.type {
        case BlockHeader.RequestType.read:
            try transfer(request, request.writable, isRead: true, sector: header.sector)
        case BlockHeader.RequestType.write:
            guard !geometry.isReadOnly else { return finish(request, BlockHeader.Status.ioError) }
            try transfer(request, request.readable, isRead: false, sector: header.sector)
        case BlockHeader.RequestType.flush:
            try flush(request)
        case BlockHeader.RequestType.identify:
            request.isRead = true
            request.done = request.writable.fill(identity)
            finish(request, BlockHeader.Status.ok)
        case BlockHeader.RequestType.discard where !geometry.isReadOnly,
            BlockHeader.RequestType.writeZeroes where !geometry.isReadOnly:
            try release(request, isDiscard: header.type == BlockHeader.RequestType.discard)
        default:
            finish(request, BlockHeader.Status.unsupported)
        }
    }

    private func transfer(
        _ request: BlockRequest, _ buffers: BufferList, isRead: Bool, sector: UInt64
    ) throws(SystemCallError) {
        let byteCount = buffers.byteCount
        let sectors = geometry.byteCount / 512
        guard byteCount > 0, byteCount <= BlockConfigurationSpace.maximumTransferByteCount, byteCount % 512 == 0,
            sector <= sectors, UInt64(byteCount / 512) <= sectors - sector
        else {
            return finish(request, BlockHeader.Status.ioError)
        }
        request.isRead = isRead
        request.stage = .transfer
        request.offset = sector * 512
        request.byteCount = byteCount
        request.done = 0
        if !isPlain, let throttle, !throttle.admits(request) { return }
        try resume(request)
    }

    private func resume(_ request: BlockRequest) throws(SystemCallError) {
        if !isPlain, let chain { return try proceed(request, on: chain) }
        let offset = request.offset + UInt64(request.done)
        if request.isRead {
            try engine.read(request.writable, file: file, at: offset, slot: request.slot)
        } else {
            try engine.write(request.readable, file: file, at: offset, slot: request.slot)
        }
    }

    /// Makes durable what has ended, and ends the request with that.
    func flush(_ request: BlockRequest) throws(SystemCallError) {
        request.stage = .finish
        if let chain, chain.mustFlushItself { return chain.submit(.flush(request)) }
        try engine.flush(file: file, slot: request.slot)
    }

    /// Discard and write-zeroes: one range of sectors (§5.2.6.1).
    private func release(_ request: BlockRequest, isDiscard: Bool) throws(SystemCallError) {
        guard let range = request.takeRange(), range.sectors <= BlockConfigurationSpace.maximumRangeSectors,
            range.flags & ~(isDiscard ? 0 : 1) == 0
        else { return finish(request, BlockHeader.Status.unsupported) }
        let sectors = geometry.byteCount / 512
        guard range.sector <= sectors, UInt64(range.sectors) <= sectors - range.sector else {
            return finish(request, BlockHeader.Status.ioError)
        }
        guard range.sectors > 0 else { return finish(request, BlockHeader.Status.ok) }
        request.offset = range.sector * 512
        request.byteCount = Int(range.sectors) * 512
        // Zeros may become a hole where the driver says so (the unmap flag), and must stay allocated otherwise.
        let isHole = isDiscard || range.flags & 1 == 1
        if let chain { return release(request, on: chain, isDiscard: isDiscard, mayUnmap: isHole) }
        request.stage = isHole ? .finish : .zeroing
        try engine.allocate(
            mode: isHole ? AllocationMode.punchHole : AllocationMode.zeroRange, file: file, at: request.offset,
            byteCount: UInt64(request.byteCount), slot: request.slot)
    }

    func complete(_ request: BlockRequest, _ result: Int32) {
        request.directByteCount = 0
        do {
            switch request.stage {
            case .zeroing where result == -EOPNOTSUPP:
                // A file system without zeroed ranges (tmpfs) still has holes, which read as zeros.
                request.stage = .finish
                try engine.allocate(
                    mode: AllocationMode.punchHole, file: file, at: request.offset,
                    byteCount: UInt64(request.byteCount), slot: request.slot)
            case _ where result == -EOPNOTSUPP: finish(request, BlockHeader.Status.unsupported)
            case _ where result < 0: finish(request, BlockHeader.Status.ioError)
            case .finish: finish(request, BlockHeader.Status.ok)
            case .zeroing: try flush(request)
            case .transfer: try advance(request, Int(result))
            }
        } catch {
            finish(request, BlockHeader.Status.ioError)
        }
    }

    private func advance(_ request: BlockRequest, _ moved: Int) throws(SystemCallError) {
        request.done += moved
        if request.done < request.byteCount {
            // A short transfer goes on where it stopped; none at all is the end of a file that shrank.
            guard moved > 0 else { return finish(request, BlockHeader.Status.ioError) }
            (request.isRead ? request.writable : request.readable).dropFirst(moved)
            return try resume(request)
        }
        try endTransfer(request)
    }

    /// All bytes have been moved.
    func endTransfer(_ request: BlockRequest) throws(SystemCallError) {
        guard !request.isRead, flushesEachWrite else { return finish(request, BlockHeader.Status.ok) }
        try flush(request)
    }

    func finish(_ request: BlockRequest, _ status: UInt8) {
        request.status.store(status)
        let written = status == BlockHeader.Status.ok && request.isRead ? request.done + 1 : 1
        request.queue?.ring.push(head: request.head, byteCount: UInt32(clamping: written))
        release(request)
    }

    private func release(_ request: BlockRequest) {
        request.isRead = false
        request.done = 0
        hasNews = true
        underWay -= 1
        freeSlots.append(request)
    }

    /// Publishes what has ended and goes back to queues that lacked a slot.
    private func announce() {
        guard hasNews else { return }
        hasNews = false
        for index in queues.indices {
            guard let queue = queues[index] else { continue }
            if queue.isStarved && underWay < VirtioBlock.slotCount {
                queue.isStarved = false
                serve(index)
            }
            queue.announce()
        }
    }
}
