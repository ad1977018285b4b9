// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting

/// A file in memory that remembers every change and every barrier, to tell what a power cut can leave of it.
final class LoggedNode: BlockNode {
    enum Event {
        case write(UInt64, [UInt8])
        case resize(UInt64)
        case barrier
    }

    private(set) var contents: [UInt8]
    private(set) var log: [Event] = []
    let isReadOnly = false
    /// How many changes are done until all fail; `nil` for all of them.
    var writesUntilFailure: Int?

    init(_ contents: [UInt8] = []) { self.contents = contents }

    var byteCount: UInt64 { UInt64(contents.count) }

    func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        let bytes = contents[Int(offset)..<Int(offset) + span.byteCount]
        unsafe span.withUnsafeMutableBytes { buffer in
            unsafe bytes.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        }
    }

    func write(_ span: RawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        let bytes = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
        try change(.write(offset, bytes))
    }

    func writeZeroes(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) {
        try checkRange(range.lowerBound, range.length)
        try change(.write(range.lowerBound, [UInt8](repeating: 0, count: range.count)))
    }

    /// What is given back may hold anything.
    func discard(_ range: Range<UInt64>) throws(BlockError) {
        try checkRange(range.lowerBound, range.length)
        try change(.write(range.lowerBound, [UInt8](repeating: 0xDD, count: range.count)))
    }

    func flush() throws(BlockError) { log.append(.barrier) }

    func resize(to byteCount: UInt64) throws(BlockError) { try change(.resize(byteCount)) }

    func extent(at offset: UInt64, limit: UInt64) throws(BlockError) -> BlockExtent {
        try checkRange(offset, 1)
        return BlockExtent(range: offset..<min(limit, byteCount), isPresent: true, isZero: false, isData: true)
    }

    private func change(_ event: Event) throws(BlockError) {
        if let count = writesUntilFailure {
            guard count > 0 else { throw .invalid("the storage fails") }
            writesUntilFailure = count - 1
        }
        log.append(event)
        Self.apply(event, to: &contents)
    }

    private static func apply(_ event: Event, to contents: inout [UInt8]) {
        switch event {
        case .barrier: break
        case .resize(let size):
            let count = Int(size)
            if count < contents.count { contents.removeLast(contents.count - count) }
            contents += [UInt8](repeating: 0, count: count - contents.count)
        case .write(let offset, let bytes):
            let end = Int(offset) + bytes.count
            if end > contents.count { contents += [UInt8](repeating: 0, count: end - contents.count) }
            contents.replaceSubrange(Int(offset)..<end, with: bytes)
        }
    }

    /// What the file may be after a cut when so many events were done: all up to the last barrier, and of those since
    /// then any, one of them in part, in sectors of 512 bytes.
    func afterCut(at count: Int, from start: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var contents = start
        var last = 0
        for index in 0..<count { if case .barrier = log[index] { last = index } }
        for event in log[..<last] { Self.apply(event, to: &contents) }
        for event in log[last..<count] {
            switch random.below(6) {
            case 0, 1: break
            case 2: Self.apply(Self.torn(event, &random), to: &contents)
            default: Self.apply(event, to: &contents)
            }
        }
        return contents
    }

    private static func torn(_ event: Event, _ random: inout SplitMix) -> Event {
        guard case .write(let offset, let bytes) = event, bytes.count > 512 else { return event }
        let first = 512 - Int(offset % 512)
        let cut = min(bytes.count, first + random.below(bytes.count / 512) * 512)
        if random.once(in: 2) { return .write(offset, Array(bytes[..<cut])) }
        return .write(offset + UInt64(cut), Array(bytes[cut...]))
    }
}
