// SPDX-License-Identifier: Apache-2.0

/// Numbers as images keep them: the most significant byte first, at any alignment. The bounds are checked.
extension [UInt8] {
    @inline(__always)
    func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number {
        Number(bigEndian: unsafe span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    @inline(__always)
    mutating func putBigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number, at offset: Int) {
        var elements = mutableSpan
        var bytes = unsafe elements.mutableBytes
        bytes.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Number.self)
    }

    mutating func appendBigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        let start = count
        self += [UInt8](repeating: 0, count: MemoryLayout<Number>.size)
        putBigEndian(value, at: start)
    }
}

extension MutableRawSpan {
    /// Makes every byte zero.
    mutating func clear() {
        unsafe withUnsafeMutableBytes { buffer in
            _ = unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    /// Takes as many bytes of `bytes`, from `start` on, as it has itself.
    mutating func copy(_ bytes: [UInt8], from start: Int) {
        unsafe withUnsafeMutableBytes { buffer in
            unsafe bytes[start..<start + buffer.count].withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        }
    }
}
