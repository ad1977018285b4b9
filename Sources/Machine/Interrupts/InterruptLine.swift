// SPDX-License-Identifier: Apache-2.0

/// A wire from a device to the interrupt controllers. Any thread may drive it.
package protocol InterruptLine: AnyObject, Sendable {
    /// Sets the level of the wire; setting what it is already changes nothing.
    func set(_ isHigh: Bool)
}
