// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Makes an image in a file whose contents do not count, and returns it open for writing.
    ///
    /// The disk's size is rounded up to whole sectors.
    package static func create(
        on file: any BlockNode, dataFile: (any BlockNode)? = nil, backing: (any BlockNode)? = nil,
        _ options: Qcow2CreateOptions
    ) throws(BlockError) -> Qcow2Image {
        try options.check()
        guard options.byteCount <= UInt64(Int64.max) - 511 else {
            throw .invalid("no disk has \(options.byteCount) bytes")
        }
        let size = options.clusterSize
        if file.byteCount < 3 * size { try file.resize(to: 3 * size) }
        try file.writeZeroes(0..<3 * size, mayUnmap: true)
        var table: [UInt8] = []
        table.appendBigEndian(2 * size)
        try file.write(firstRefcounts(options), at: 2 * size)
        try file.write(table, at: size)
        try file.flush()
        try file.write(try encodedHeader(options), at: 0)
        try file.flush()
        // Without the backing image, which the new disk is to show and not to hide.
        let image = try Qcow2Image(file: file, dataFile: dataFile, isReadOnly: false)
        let byteCount = (options.byteCount + 511) & ~511
        try image.resizeNew(to: byteCount)
        try image.preallocate(0..<byteCount, options.preallocation, showsBacking: options.backingFileName != nil)
        try image.close()
        return try Qcow2Image(file: file, backing: backing, dataFile: dataFile, isReadOnly: false)
    }

    /// The table of names is left out where the first cluster has no room for it.
    private static func encodedHeader(_ options: Qcow2CreateOptions) throws(BlockError) -> [UInt8] {
        var header = options.header
        do throws(BlockError) { return try header.encoded() } catch {
            header.extensions.removeAll { $0.kind == Qcow2HeaderExtension.Kind.featureNames }
            return try header.encoded()
        }
    }

    /// One reference each to the header, the refcount table and the block that says so.
    private static func firstRefcounts(_ options: Qcow2CreateOptions) -> [UInt8] {
        let bits = options.refcountBits
        if bits < 8 {
            var value: UInt32 = 0
            for cluster in 0..<3 { value |= 1 << UInt32(cluster * bits) }
            return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        let one = [UInt8](repeating: 0, count: bits / 8 - 1) + [1]
        return one + one + one
    }

    private func resizeNew(to byteCount: UInt64) throws(BlockError) {
        if header.isDataFileRaw, let dataFile, dataFile.byteCount > byteCount { try dataFile.resize(to: byteCount) }
        try resize(to: byteCount)
    }
}
