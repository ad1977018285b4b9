// SPDX-License-Identifier: Apache-2.0

extension ImageChain {
    /// How granules are kept, from the granule `first` on; those behind the disk's end are zeros.
    package func mappings(from first: UInt64, count: Int) throws(BlockError) -> [GranuleMapping] {
        var result = [GranuleMapping](repeating: .zero, count: count)
        let start = first << UInt64(granuleBits)
        try map(0, start..<start + UInt64(count) << UInt64(granuleBits), from: start, into: &result)
        return result
    }

    /// How the granules of a range are kept, and the first of them.
    package func mappings(
        of range: Range<UInt64>
    ) throws(BlockError) -> (first: UInt64, mappings: [GranuleMapping]) {
        let first = range.lowerBound >> UInt64(granuleBits)
        let last = (range.upperBound - 1) >> UInt64(granuleBits)
        return (first, try mappings(from: first, count: Int(last - first) + 1))
    }

    /// What a layer and those below it have of a range of whole granules. Every image's unit of allocation is a multiple
    /// of a granule, so that only the end of a layer can lie inside of one.
    private func map(
        _ layer: Int, _ range: Range<UInt64>, from start: UInt64, into result: inout [GranuleMapping]
    ) throws(BlockError) {
        let present = min(range.upperBound, nodes[layer].node.block.byteCount)
        guard range.lowerBound < present else { return }
        switch nodes[layer].node {
        case .raw:
            let isWritable = layer == 0 && admitsDirectWrites
            mapFile(layer, range.lowerBound, range, start, &result) { _ in isWritable }
        case .qcow2(let image): try map(image, layer, range.lowerBound..<present, from: start, into: &result)
        }
        // The rest of the granule reads as zeros where the layer is a backing image.
        let size: UInt64 = 1 << UInt64(granuleBits)
        if layer > 0, present & (size - 1) != 0 {
            let index = Int((present - start) >> UInt64(granuleBits))
            if result[index].kind != .zero { result[index] = .indirect }
        }
    }

    private func map(
        _ image: Qcow2Image, _ layer: Int, _ range: Range<UInt64>, from start: UInt64,
        into result: inout [GranuleMapping]
    ) throws(BlockError) {
        let mask: UInt64 = (1 << UInt64(granuleBits)) - 1
        let mayWrite = layer == 0 && admitsDirectWrites
        var offset = range.lowerBound
        while offset < range.upperBound {
            let run = try image.run(at: offset, limit: range.upperBound - offset)
            let end = offset + run.count
            let granules = offset..<(end + mask) & ~mask
            switch run.mapping {
            case .zero: fill(granules, with: .zero, start, &result)
            case .compressed: fill(granules, with: .indirect, start, &result)
            case .unallocated:
                if layer + 1 < nodes.count { try map(layer + 1, granules, from: start, into: &result) }
            case .data(let host):
                var isWritable: [Bool] = []
                if mayWrite { isWritable = try image.directWrites(of: granules, granuleBits: granuleBits) }
                mapFile(layer, host, granules, start, &result) { mayWrite && isWritable[$0] }
            }
            offset = end
        }
    }

    /// Granules that lie in a layer's file as they are, from `host` on.
    private func mapFile(
        _ layer: Int, _ host: UInt64, _ granules: Range<UInt64>, _ start: UInt64, _ result: inout [GranuleMapping],
        isWritable: (Int) -> Bool
    ) {
        let size: UInt64 = 1 << UInt64(granuleBits)
        let (file, end) = (nodes[layer].dataFile, files[nodes[layer].dataFile].byteCount)
        var (offset, place, number) = (granules.lowerBound, host, 0)
        while offset < granules.upperBound {
            let index = Int((offset - start) >> UInt64(granuleBits))
            if place + size <= end, place < Qcow2Limits.offset {
                result[index] = GranuleMapping(file: file, offset: place, isWritable: isWritable(number))
            } else if place < end || layer == 0 {
                result[index] = .indirect
            }
            offset += size
            place += size
            number += 1
        }
    }

    private func fill(
        _ granules: Range<UInt64>, with mapping: GranuleMapping, _ start: UInt64, _ result: inout [GranuleMapping]
    ) {
        let first = Int((granules.lowerBound - start) >> UInt64(granuleBits))
        let last = Int((granules.upperBound - start) >> UInt64(granuleBits))
        for index in first..<last { result[index] = mapping }
    }
}
