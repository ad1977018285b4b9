// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a device with one queue does with a request. All on the device's thread.
protocol RequestService {
    static var queueSize: UInt16 { get }
    /// Requests served before the thread looks at its other events.
    static var budget: Int { get }

    /// Does what a request asks for; its buffers are not used once this has returned.
    ///
    /// - Returns: How many bytes of `writable`, from its beginning, hold the answer.
    /// - Throws: Where the chain is none that a driver may offer; the device then needs a reset.
    func answer(
        _ chain: DescriptorChain, _ readable: BufferList, _ writable: BufferList
    ) throws(VirtqueueError) -> Int

    /// Forgets the driver.
    func reset()
}
