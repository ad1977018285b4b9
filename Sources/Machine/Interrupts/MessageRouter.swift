// SPDX-License-Identifier: Apache-2.0
package import Host

/// Carries events to the guest as message-signalled interrupts. Calls come with the bus lock held.
package protocol MessageRouter: AnyObject {
    /// Reserves an interrupt number for a vector.
    func reserve() throws(SystemCallError) -> UInt32
    /// Says which message the number stands for.
    func setMessage(_ interrupt: UInt32, address: UInt64, data: UInt32) throws(SystemCallError)
    /// Connects an event descriptor to the number, or takes it off; a signal that came before is delivered then.
    func connect(_ event: CInt, to interrupt: UInt32, isConnected: Bool) throws(SystemCallError)
}
