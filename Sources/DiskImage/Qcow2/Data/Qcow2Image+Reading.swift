// SPDX-License-Identifier: Apache-2.0

/// From the guest's offsets to bytes.
extension Qcow2Image {
    package func read(into span: inout MutableRawSpan, at offset: UInt64) throws(BlockError) {
        try checkRange(offset, UInt64(span.byteCount))
        var done = 0
        while done < span.byteCount {
            let start = offset + UInt64(done)
            let run = try run(at: start, limit: UInt64(span.byteCount - done))
            var part = span._mutatingExtracting(done..<done + Int(run.count))
            try fill(&part, from: run.mapping, at: start)
            done += Int(run.count)
        }
    }

    private func fill(_ part: inout MutableRawSpan, from mapping: Qcow2Mapping, at guest: UInt64) throws(BlockError) {
        switch mapping {
        case .unallocated: try readBacking(into: &part, at: guest)
        case .zero: part.clear()
        case .data(let host): try readPadded(into: &part, from: dataFile ?? file, at: host)
        case .compressed(let range):
            let inside = Int(geometry.inCluster(guest))
            part.copy(try decompress(range), from: inside)
        }
    }

    /// The longest piece from `guest` on that is kept in one way, as far as `limit` bytes.
    func run(at guest: UInt64, limit: UInt64) throws(BlockError) -> (mapping: Qcow2Mapping, count: UInt64) {
        let first = try mapping(guest)
        var count = min(first.count, limit)
        if case .compressed = first.mapping { return (first.mapping, count) }
        while count < limit {
            let next = try mapping(guest + count)
            guard next.mapping == first.mapping.advanced(by: count) else { break }
            count = min(limit, count + next.count)
        }
        return (first.mapping, count)
    }

    /// A backing image that is shorter reads as zeros after its end.
    func readBacking(into part: inout MutableRawSpan, at guest: UInt64) throws(BlockError) {
        guard let backing else { return part.clear() }
        try readPadded(into: &part, from: backing, at: guest)
    }

    /// A whole cluster from its compressed bytes. The last one is kept.
    func decompress(_ range: Range<UInt64>) throws(BlockError) -> [UInt8] {
        if let decompressed, decompressed.range == range { return decompressed.bytes }
        guard range.lowerBound < file.byteCount else {
            throw corrupt("a compressed cluster is not in the file", at: range.lowerBound)
        }
        let bytes = try readPadded(at: range.lowerBound, count: Int(range.length))
        guard let cluster = header.compression.decompress(bytes, byteCount: Int(geometry.clusterSize)) else {
            throw corrupt("a cluster that is compressed with \(header.compression) is damaged", at: range.lowerBound)
        }
        decompressed = (range, cluster)
        return cluster
    }
}

extension Qcow2Mapping {
    /// What comes after it where it goes on in the same way.
    func advanced(by count: UInt64) -> Qcow2Mapping {
        switch self {
        case .unallocated, .compressed: self
        case .zero(let host): .zero(host: host.map { $0 + count })
        case .data(let host): .data(host: host + count)
        }
    }
}
