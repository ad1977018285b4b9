// SPDX-License-Identifier: Apache-2.0

/// Feature bits of a balloon (virtio 1.2 §5.5.3).
package enum BalloonFeature {
    /// The driver tells about its memory on the third queue.
    package static let statistics: UInt64 = 1 << 1
    /// The driver may take pages back when it runs out of memory.
    package static let deflateOnOOM: UInt64 = 1 << 2
    /// The driver tells what it fills free pages with.
    package static let pagePoison: UInt64 = 1 << 4
    /// The driver tells which pages are free.
    package static let pageReporting: UInt64 = 1 << 5
}
