// SPDX-License-Identifier: Apache-2.0

/// Why a vCPU came back from the guest.
package enum ProcessorExit: Sendable {
    case port(PortAccess)
    case memory(MemoryAccess)
    /// A kick or another signal; nothing to answer.
    case interrupted
    case halt
    /// The processor met a fault while it handled a double fault.
    case tripleFault
    case systemEvent(UInt32)
    case entryFailure(UInt64)
    case internalError(UInt32)
    case unknown(UInt32)
}

/// An access to a port; `count` elements of `width` where the instruction repeats.
package struct PortAccess: Sendable {
    package let port: UInt16
    package let width: AccessWidth
    package let isWrite: Bool
    package let count: Int
    /// Where the elements are, in bytes from the start of the page shared with the kernel.
    let dataOffset: UInt64
}

/// An access to an address that is not memory; at most 8 bytes.
package struct MemoryAccess: Sendable {
    package let address: GuestAddress
    package let byteCount: Int
    package let isWrite: Bool
    package let value: UInt64
}
