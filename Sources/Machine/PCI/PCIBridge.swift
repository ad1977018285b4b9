// SPDX-License-Identifier: Apache-2.0
package import Board

/// A function that has nothing but its configuration space: the host bridge and the LPC bridge.
package final class PCIBridge: PCIFunction, SavableDevice {
    package private(set) var space: PCIConfigurationSpace
    package let stateName: String
    /// Called with what the space has become, after every change.
    package var onChange: (PCIConfigurationSpace) -> Void = { _ in }
    private let initial: PCIConfigurationSpace

    package init(_ space: PCIConfigurationSpace, name: String) {
        self.space = space
        stateName = name
        initial = space
    }

    package var state: PCIBridgeState {
        var state = PCIBridgeState()
        state.configurationSpace = space.contents
        return state
    }

    package func restore(_ state: PCIBridgeState) throws(StateError) {
        var restored = space
        guard restored.restore(state.configurationSpace) else { throw .invalidValue(id: 1) }
        space = restored
        onChange(space)
    }

    package func readConfiguration(at offset: Int, byteCount: Int) -> UInt32 {
        space.read(at: offset, byteCount: byteCount)
    }

    package func writeConfiguration(_ value: UInt32, at offset: Int, byteCount: Int) {
        if space.write(value, at: offset, byteCount: byteCount) { onChange(space) }
    }

    package func readBAR(_ bar: Int, at offset: UInt64, width: AccessWidth) -> UInt64 { width.allOnes }
    package func writeBAR(_ bar: Int, _ value: UInt64, at offset: UInt64, width: AccessWidth) {}

    package func reset() {
        space = initial
        onChange(space)
    }
}
