// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// A kernel structure that ends in an array: an 8-byte header with the count, then the elements.
@safe package struct CountedArray<Element: BitwiseCopyable>: ~Copyable {
    @unsafe let pointer: UnsafeMutableRawPointer
    private let capacity: Int

    /// An array of `elements`, with zeroed room up to `capacity` for the kernel to fill.
    package init(_ elements: [Element], capacity: Int? = nil) {
        let capacity = max(capacity ?? 0, elements.count)
        let byteCount = 8 + capacity * MemoryLayout<Element>.stride
        unsafe pointer = .allocate(byteCount: byteCount, alignment: 16)
        unsafe pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let count = UInt32(capacity > elements.count && elements.isEmpty ? capacity : elements.count)
        unsafe pointer.storeBytes(of: count, as: UInt32.self)
        for (index, element) in elements.enumerated() {
            unsafe pointer.storeBytes(
                of: element, toByteOffset: 8 + index * MemoryLayout<Element>.stride, as: Element.self)
        }
        self.capacity = capacity
    }

    deinit { unsafe pointer.deallocate() }

    /// The elements, as many as the kernel says there are.
    package var elements: [Element] {
        let count = min(capacity, Int(unsafe pointer.load(as: UInt32.self)))
        return (0..<count).map {
            unsafe pointer.load(fromByteOffset: 8 + $0 * MemoryLayout<Element>.stride, as: Element.self)
        }
    }
}
