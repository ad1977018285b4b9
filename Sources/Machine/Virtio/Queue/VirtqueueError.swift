// SPDX-License-Identifier: Apache-2.0

/// A driver's mistake in a ring. The device answers with "needs reset" (virtio 1.2 §2.1.2) and touches the
/// ring no more.
package enum VirtqueueError: Error, Equatable, Sendable {
    case memory(GuestMemoryError)
    case misaligned(GuestAddress)
    /// More chains published than the ring holds beside those that the device has not returned yet; `waiting` counts
    /// both.
    case overrun(waiting: UInt16, capacity: UInt16)
    case headOutOfRange(UInt16, capacity: UInt16)
    case nextOutOfRange(UInt16, capacity: UInt16)
    /// The chain is longer than the queue, so it loops.
    case chainTooLong
    case emptyBuffer
    /// A device-readable buffer behind a device-writable one (virtio 1.2 §2.7.4.2).
    case readableAfterWritable
    /// An indirect table inside an indirect table, chained on, or with a length that is no table's.
    case malformedIndirectTable
    /// The chain lacks the header or status that its device type demands.
    case malformedRequest
}
