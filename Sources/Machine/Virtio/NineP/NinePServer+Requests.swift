// SPDX-License-Identifier: Apache-2.0
internal import Host

extension NinePServer: RequestService {
    static let queueSize: UInt16 = 128
    static let budget = 16

    func answer(
        _ chain: DescriptorChain, _ readable: BufferList, _ writable: BufferList
    ) throws(VirtqueueError) -> Int {
        guard chain.readableByteCount >= NinePWriter.headerByteCount,
            chain.writableByteCount >= Self.leastReplyByteCount
        else { throw .malformedRequest }
        return answer(readable, writable)
    }
}
