// SPDX-License-Identifier: Apache-2.0
import Machine

/// A device with one register that forgets, changes or half takes over its state, to test the laws themselves.
final class BrokenDevice: BusDevice, SavableDevice {
    enum Fault: CaseIterable {
        case forgetsOnRestore
        case changesOnRestore
        case refusesItsOwnState
        case keepsHalfOfWhatItRefuses
    }

    struct State: DeviceState {
        var value: UInt32 = 0
        var isOdd = false

        static let fields: [StateField<Self>] = [StateField(1, \.value), StateField(2, \.isOdd)]
    }

    let stateName = "broken"
    private let fault: Fault?
    private(set) var state = State()

    init(_ fault: Fault?) {
        self.fault = fault
    }

    func restore(_ state: State) throws(StateError) {
        if fault == .refusesItsOwnState { throw .invalidValue(id: 1) }
        if fault == .keepsHalfOfWhatItRefuses { self.state.value = state.value }
        guard state.isOdd == !state.value.isMultiple(of: 2) else { throw .invalidValue(id: 2) }
        if fault == .forgetsOnRestore { return }
        self.state = state
        if fault == .changesOnRestore { write(UInt64(state.value) + 1, at: 0, width: .long) }
    }

    func read(at offset: UInt64, width: AccessWidth) -> UInt64 { UInt64(state.value) }

    func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        state.value = UInt32(truncatingIfNeeded: value)
        state.isOdd = !state.value.isMultiple(of: 2)
    }
}
