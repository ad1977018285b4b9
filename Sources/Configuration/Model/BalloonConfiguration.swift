// SPDX-License-Identifier: Apache-2.0

/// A device through which the host asks the guest for memory (virtio-balloon).
package struct BalloonConfiguration: Equatable, Sendable {
    /// Whether the guest may take memory back when it runs out of it.
    package var deflateOnOOM: Bool
    /// Whether the guest tells of memory that it has freed, which then goes back to the host at once.
    package var freePageReporting: Bool

    /// Makes a balloon.
    package init(deflateOnOOM: Bool = false, freePageReporting: Bool = false) {
        self.deflateOnOOM = deflateOnOOM
        self.freePageReporting = freePageReporting
    }
}
