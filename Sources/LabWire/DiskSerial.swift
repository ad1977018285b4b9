// SPDX-License-Identifier: Apache-2.0

/// The serial numbers by which L1 tells the host's disks apart.
package enum DiskSerial {
    /// The serial number of the disk with an index; at most 20 bytes (virtio 1.2 §5.2.6).
    package static func text(_ index: Int) -> String { "apus-lab-\(index)" }
}
