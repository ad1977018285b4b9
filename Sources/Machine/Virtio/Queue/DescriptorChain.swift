// SPDX-License-Identifier: Apache-2.0

/// One request of the driver, as the ring describes it. Its buffers are in the two lists it was popped into.
package struct DescriptorChain: Sendable {
    /// The index that goes back to the driver.
    package let head: UInt16
    package let readableByteCount: Int
    package let writableByteCount: Int
}
