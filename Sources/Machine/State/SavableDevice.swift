// SPDX-License-Identifier: Apache-2.0

/// A device whose state can be taken out and put into an equal device. The machine is paused meanwhile.
package protocol SavableDevice: AnyObject {
    associatedtype State: DeviceState
    /// Names the device among the machine's, such as `serial0`; unique and stable.
    var stateName: String { get }
    var state: State { get }
    /// Takes over a state, or throws and keeps the old one.
    func restore(_ state: State) throws(StateError)
}
