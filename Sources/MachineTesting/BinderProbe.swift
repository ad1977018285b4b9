// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Machine

/// A notification binder that leads to a test. It holds KVM's rules: an address has one event, and what is taken off
/// was there.
package final class BinderProbe: NotificationBinder {
    /// The event that a write at each address signals.
    package private(set) var bindings: [UInt64: CInt] = [:]
    /// The rules that were broken, as sentences.
    package private(set) var violations: [String] = []

    package init() {}

    package func bind(_ event: CInt, at address: UInt64, isBound: Bool) throws(SystemCallError) {
        if isBound {
            if bindings[address] != nil { violations.append("address \(address) is bound twice") }
            bindings[address] = event
        } else {
            if bindings[address] != event { violations.append("address \(address) was not bound to event \(event)") }
            bindings[address] = nil
        }
    }
}
