// SPDX-License-Identifier: Apache-2.0
package import Board

/// A function that is there to be found: the host bridge and the LPC bridge.
package final class PCIBridge: PCIFunction {
    package private(set) var space: PCIConfigurationSpace
    private let initial: PCIConfigurationSpace

    package init(_ space: PCIConfigurationSpace) {
        self.space = space
        initial = space
    }

    package func readConfiguration(at offset: Int, byteCount: Int) -> UInt32 {
        space.read(at: offset, byteCount: byteCount)
    }

    package func writeConfiguration(_ value: UInt32, at offset: Int, byteCount: Int) {
        _ = space.write(value, at: offset, byteCount: byteCount)
    }

    package func readBAR(_ bar: Int, at offset: UInt64, width: AccessWidth) -> UInt64 { width.allOnes }
    package func writeBAR(_ bar: Int, _ value: UInt64, at offset: UInt64, width: AccessWidth) {}
    package func reset() { space = initial }
}
