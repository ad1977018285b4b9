// SPDX-License-Identifier: Apache-2.0
internal import Host

/// An entropy source's answer to a request: random bytes.
struct EntropyService: RequestService {
    static let queueSize: UInt16 = 64
    static let budget = 8
    /// Bytes that one request receives at most; a driver may get fewer than it asked for (§5.4.6).
    private static let requestLimit = 64 << 10

    func answer(
        _ chain: DescriptorChain, _ readable: BufferList, _ writable: BufferList
    ) throws(VirtqueueError) -> Int {
        // The driver offers buffers to write and nothing else (§5.4.6.1).
        guard chain.writableByteCount > 0, chain.readableByteCount == 0 else { throw .malformedRequest }
        return max(0, writable.fillRandomly(limit: Self.requestLimit))
    }

    func reset() {}
}
