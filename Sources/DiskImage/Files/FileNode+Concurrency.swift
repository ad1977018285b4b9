// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host
internal import Synchronization

// Every call names its offset, so that calls of several threads do not meet. The size is changed by resize() alone.
extension FileNode: ConcurrentNode {
    package var takesConcurrentCalls: Bool { true }

    package func readResident(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) -> Bool {
        try checkRange(offset, UInt64(span.byteCount))
        let (number, count) = (descriptor.borrowed, span.byteCount)
        guard count > 0 else { return true }
        switch knownResidency() {
        case .inMemory:
            try read(into: &span, at: offset)
            return true
        case .unknown: return false
        case .asked: break
        }
        let result = unsafe span.withUnsafeMutableBytes { buffer in
            unsafe cmachine_read_resident(number, buffer.baseAddress, buffer.count, offset)
        }
        if result == -Int(EOPNOTSUPP) || result == -Int(ENOSYS) {
            residency.store(Residency.unknown.rawValue, ordering: .relaxed)
        }
        return result == count
    }

    /// How it is found out whether bytes are in memory.
    private enum Residency: UInt8 {
        /// The kernel is asked with each read (`RWF_NOWAIT`).
        case asked = 1
        /// The whole file is in memory.
        case inMemory = 2
        /// The file system does not say.
        case unknown = 3
    }

    // Relaxed: each thread would find the same.
    private func knownResidency() -> Residency {
        if let known = Residency(rawValue: residency.load(ordering: .relaxed)) { return known }
        let found: Residency = cmachine_is_memory_file(descriptor.borrowed) != 0 ? .inMemory : .asked
        residency.store(found.rawValue, ordering: .relaxed)
        return found
    }
}

extension FileNode: FastZeroing {
    package func writeZeroesFast(_ range: Range<UInt64>, mayUnmap: Bool) throws(BlockError) -> Bool {
        try checkWritable(range.lowerBound, range.length)
        if range.isEmpty { return true }
        if mayUnmap, try allocate(punchHole, range) { return true }
        return try allocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, range)
    }
}
