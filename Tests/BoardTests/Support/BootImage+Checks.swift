// SPDX-License-Identifier: Apache-2.0
import Board

extension BootImage {
    /// What the loaders promise of every image: a sentence for each promise broken.
    func brokenPromises(kernelByteCount: UInt64, request: BootRequest) -> [String] {
        var broken: [String] = []
        let ranges = (segments.map(\.range) + pieces.map(\.range)).sorted { $0.start < $1.start }
        for (first, second) in zip(ranges, ranges.dropFirst()) where first.overlaps(second) {
            broken.append("\(first) overlaps \(second)")
        }
        for range in ranges where !request.map.lowMemory.contains(range) {
            broken.append("\(range) lies outside low memory")
        }
        for piece in pieces where piece.range.end > AddressMap.conventionalMemoryEnd || piece.bytes.isEmpty {
            broken.append("the piece \(piece.range) is not in conventional memory")
        }
        for segment in segments {
            let byteCount = segment.source == .kernel ? kernelByteCount : request.initrdByteCount ?? 0
            if segment.fileOffset + segment.byteCount > byteCount { broken.append("\(segment) leaves its file") }
            if segment.guestAddress < AddressMap.extendedMemoryStart { broken.append("\(segment) lies below 1 MiB") }
        }
        if !segments.contains(where: { $0.source == .kernel && $0.range.contains(entry.rip) }) {
            broken.append("the entry \(entry.rip) lies in no segment of the kernel")
        }
        return broken
    }

    /// The byte array of the piece that begins at `address`; empty where there is none.
    func piece(at address: UInt64) -> [UInt8] {
        pieces.first { $0.guestAddress == address }?.bytes ?? []
    }
}
