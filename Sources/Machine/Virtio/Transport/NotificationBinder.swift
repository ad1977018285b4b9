// SPDX-License-Identifier: Apache-2.0
package import Host

/// Turns writes at guest addresses into signals of event descriptors, without an exit where KVM runs the guest.
package protocol NotificationBinder: AnyObject {
    func bind(_ event: CInt, at address: UInt64, isBound: Bool) throws(SystemCallError)
}

extension VirtualMachine: NotificationBinder {
    package func bind(_ event: CInt, at address: UInt64, isBound: Bool) throws(SystemCallError) {
        try setNotification(event, at: address, isAssigned: isBound)
    }
}
