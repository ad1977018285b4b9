// SPDX-License-Identifier: Apache-2.0

/// What the guest reaches in a part of the legacy area.
package enum ShadowAccess: Equatable, Sendable {
    /// The firmware's own image where it is seen there, and nothing elsewhere.
    case firmware
    /// RAM that can be read only.
    case readOnlyMemory
    /// RAM.
    case memory
}
