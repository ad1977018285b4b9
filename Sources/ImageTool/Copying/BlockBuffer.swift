// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Bytes on their way between two nodes.
struct BlockBuffer {
    private var storage: [UInt8]
    /// How many bytes are filled.
    private(set) var count = 0

    init(capacity: Int) {
        storage = [UInt8](repeating: 0, count: capacity)
    }

    var capacity: Int { storage.count }
    /// What is filled.
    var bytes: [UInt8] { Array(storage.prefix(count)) }

    func bytes(_ range: Range<Int>) -> [UInt8] { Array(storage[range]) }

    /// Reads `count` bytes, at most the capacity.
    mutating func fill(from node: any BlockNode, at offset: UInt64, count: Int) throws(BlockError) {
        self.count = count
        try fill(0..<count, from: node, at: offset)
    }

    /// Reads over some of the bytes, and leaves the others as they are.
    mutating func fill(_ range: Range<Int>, from node: any BlockNode, at offset: UInt64) throws(BlockError) {
        var whole = storage.mutableSpan
        var all = unsafe whole.mutableBytes
        var part = all._mutatingExtracting(range)
        try node.read(into: &part, at: offset)
    }

    /// Fills with a byte.
    mutating func fill(with byte: UInt8, count: Int) {
        self.count = count
        for index in 0..<count { storage[index] = byte }
    }

    /// Writes some of the bytes.
    func write(_ range: Range<Int>, to node: any BlockNode, at offset: UInt64) throws(BlockError) {
        try node.write(unsafe storage.span.bytes.extracting(range), at: offset)
    }

    func isZero(_ range: Range<Int>) -> Bool { unsafe storage.span.bytes.extracting(range).isZero }

    func hasSameBytes(as other: BlockBuffer, in range: Range<Int>) -> Bool {
        unsafe storage.span.bytes.extracting(range).hasSameBytes(as: other.storage.span.bytes.extracting(range))
    }
}
