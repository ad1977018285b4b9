// SPDX-License-Identifier: Apache-2.0

/// What a guest's kernel says through the panic device.
package enum PanicEvent: Sendable, Equatable {
    /// The kernel has panicked and does nothing more.
    case panicked
    /// The kernel has panicked and starts its crash kernel, which will save a dump.
    case crashLoaded
}
