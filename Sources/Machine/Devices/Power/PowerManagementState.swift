// SPDX-License-Identifier: Apache-2.0

/// What a `PowerManagement` carries to another process.
package struct PowerManagementState: DeviceState {
    package var status: UInt16 = 0
    package var enable: UInt16 = 0
    package var control: UInt16 = 0
    /// The timer's count when the state was taken; it goes on from there.
    package var timer: UInt32 = 0
    package var generalStatus: UInt8 = 0
    package var generalEnable: UInt8 = 0

    package init() {}

    package static let fields: [StateField<Self>] = [
        StateField(1, \.status), StateField(2, \.enable), StateField(3, \.control), StateField(4, \.timer),
        StateField(5, \.generalStatus), StateField(6, \.generalEnable),
    ]

    /// Throws where a register holds bits it does not have.
    func validate() throws(StateError) {
        guard status & ~PowerManagement.PowerEvent.statusMask == 0 else { throw .invalidValue(id: 1) }
        guard enable & ~PowerManagement.PowerEvent.enableMask == 0 else { throw .invalidValue(id: 2) }
        guard control & ~PowerManagement.Control.storedMask == 0 else { throw .invalidValue(id: 3) }
    }
}
