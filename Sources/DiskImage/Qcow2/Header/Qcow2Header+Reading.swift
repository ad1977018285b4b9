// SPDX-License-Identifier: Apache-2.0

extension Qcow2Header {
    /// Whether a file begins as qcow2 does.
    package static func isPresent(in file: any BlockNode) throws(BlockError) -> Bool {
        guard file.byteCount >= 4 else { return false }
        return try file.bytes(at: 0, count: 4).bigEndian(UInt32.self, at: 0) == magic
    }

    /// Reads and checks the header of an image.
    package init(readingFrom file: any BlockNode) throws(BlockError) {
        guard file.byteCount >= 72 else {
            throw .corrupt("a qcow2 header has 72 bytes and the file has \(file.byteCount)", fileOffset: 0)
        }
        let start = try file.bytes(at: 0, count: Int(min(file.byteCount, 112)))
        guard start.bigEndian(UInt32.self, at: 0) == Self.magic else {
            throw .corrupt("the file does not begin as a qcow2 image", fileOffset: 0)
        }
        let bits = start.bigEndian(UInt32.self, at: 20)
        guard let clusterBits = Int(exactly: bits), Qcow2Limits.clusterBits.contains(clusterBits) else {
            throw .corrupt("clusters have 1 << \(bits) bytes; 1 << 9 to 1 << 21 are possible", fileOffset: 20)
        }
        try self.init(cluster: try file.bytes(at: 0, count: Int(min(file.byteCount, 1 << UInt64(clusterBits)))))
        try checkTables(fileByteCount: file.byteCount)
    }

    /// Reads the first cluster of an image, or what there is of it: at least 72 bytes.
    private init(cluster: [UInt8]) throws(BlockError) {
        version = cluster.bigEndian(UInt32.self, at: 4)
        guard version == 2 || version == 3 else {
            throw .unsupported("the image is of version \(version) of qcow2; this program reads 2 and 3")
        }
        clusterBits = Int(cluster.bigEndian(UInt32.self, at: 20))
        byteCount = cluster.bigEndian(UInt64.self, at: 24)
        directoryEntryCount = cluster.bigEndian(UInt32.self, at: 36)
        directoryOffset = cluster.bigEndian(UInt64.self, at: 40)
        refcountTableOffset = cluster.bigEndian(UInt64.self, at: 48)
        refcountTableClusterCount = cluster.bigEndian(UInt32.self, at: 56)
        snapshotCount = cluster.bigEndian(UInt32.self, at: 60)
        snapshotsOffset = cluster.bigEndian(UInt64.self, at: 64)
        (features, refcountOrder, compression) = (Qcow2Features(), 4, .zlib)
        (length, laterFields, extensions, backingName) = (72, [], [], nil)
        if version >= 3 { try readVersion3(cluster) }
        let encryption = cluster.bigEndian(UInt32.self, at: 32)
        extensions = try Self.readExtensions(cluster, from: length)
        try refuseUnknownFeatures()
        if version >= 3 { try readCompression(cluster) }
        try Self.refuseEncryption(encryption)
        try readBackingName(cluster)
    }

    private mutating func readVersion3(_ cluster: [UInt8]) throws(BlockError) {
        guard cluster.count >= 104 else {
            throw .corrupt("a header of version 3 has 104 bytes and the file has \(cluster.count)", fileOffset: 72)
        }
        features.incompatible = .init(rawValue: cluster.bigEndian(UInt64.self, at: 72))
        features.compatible = .init(rawValue: cluster.bigEndian(UInt64.self, at: 80))
        features.autoclear = .init(rawValue: cluster.bigEndian(UInt64.self, at: 88))
        let order = cluster.bigEndian(UInt32.self, at: 96)
        guard order <= 6 else {
            throw .corrupt("reference counts have 1 << \(order) bits; 1 to 64 are possible", fileOffset: 96)
        }
        refcountOrder = Int(order)
        let count = cluster.bigEndian(UInt32.self, at: 100)
        guard count >= 104, count.isMultiple(of: 8), Int(count) <= cluster.count else {
            throw .corrupt("the header says that it has \(count) bytes", fileOffset: 100)
        }
        length = Int(count)
        laterFields = length > 112 ? Array(cluster[112..<length]) : []
    }

    private mutating func readCompression(_ cluster: [UInt8]) throws(BlockError) {
        let number = length > 104 ? cluster[104] : 0
        guard let kind = Compression(rawValue: number) else {
            throw .unsupported("clusters are compressed in way \(number); this program knows zlib (0) and zstd (1)")
        }
        guard (kind != .zlib) == features.incompatible.contains(.compressionType) else {
            throw .corrupt("the kind of compression, \(number), does not go with its feature bit", fileOffset: 104)
        }
        compression = kind
        if features.incompatible.contains(.extendedEntries), clusterBits < 14 {
            throw .corrupt("extended L2 entries need clusters of at least 16 KiB", fileOffset: 20)
        }
    }

    private static func refuseEncryption(_ method: UInt32) throws(BlockError) {
        switch method {
        case 0: return
        case 1: throw .unsupported("the image is encrypted with AES, which this program does not do")
        case 2: throw .unsupported("the image is encrypted with LUKS, which this program does not do")
        default: throw .unsupported("the image is encrypted in way \(method), which this program does not know")
        }
    }

    private static func readExtensions(
        _ cluster: [UInt8], from start: Int
    ) throws(BlockError) -> [Qcow2HeaderExtension] {
        var result: [Qcow2HeaderExtension] = []
        var position = start
        while cluster.count - position >= 8 {
            let kind = cluster.bigEndian(UInt32.self, at: position)
            let count = Int(cluster.bigEndian(UInt32.self, at: position + 4))
            if kind == Qcow2HeaderExtension.Kind.end { return result }
            guard count <= cluster.count - position - 8 else {
                throw .corrupt(
                    "a header extension of \(count) bytes reaches over the end of the first cluster",
                    fileOffset: UInt64(position))
            }
            let bytes = Array(cluster[position + 8..<position + 8 + count])
            result.append(Qcow2HeaderExtension(kind: kind, bytes: bytes))
            position += 8 + (count + 7) & ~7
        }
        return result
    }

    /// Names what it does not know as the image's own table of names does, if it has one.
    private func refuseUnknownFeatures() throws(BlockError) {
        let unknown = features.incompatible.subtracting(.known)
        guard !unknown.isEmpty else { return }
        let names = (0..<64).filter { unknown.rawValue >> UInt64($0) & 1 == 1 }.map(featureName)
        throw .unsupported("the image needs what this program does not know: \(names.joined(separator: ", "))")
    }

    private func featureName(_ bit: Int) -> String {
        let table = section(Qcow2HeaderExtension.Kind.featureNames)?.bytes ?? []
        var position = 0
        while table.count - position >= 48 {
            if table[position] == 0, Int(table[position + 1]) == bit {
                // The image is anybody's: only what can be printed is.
                let name = table[position + 2..<position + 48].prefix { $0 != 0 }
                let printable = name.map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }
                return "\(String(decoding: printable, as: UTF8.self)) (bit \(bit))"
            }
            position += 48
        }
        return "incompatible feature bit \(bit)"
    }

    private mutating func readBackingName(_ cluster: [UInt8]) throws(BlockError) {
        let offset = cluster.bigEndian(UInt64.self, at: 8)
        let count = cluster.bigEndian(UInt32.self, at: 16)
        guard offset != 0 else { return }
        guard count <= Qcow2Limits.backingNameByteCount else {
            throw .corrupt("the backing file's name has \(count) bytes; it has at most 1023", fileOffset: 16)
        }
        let room = UInt64(cluster.count)
        guard offset >= UInt64(length), offset <= room, UInt64(count) <= room - offset else {
            throw .corrupt("the backing file's name is not in the first cluster, but at \(offset)", fileOffset: 8)
        }
        backingName = Array(cluster[Int(offset)..<Int(offset) + Int(count)])
    }
}
