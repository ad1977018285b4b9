// SPDX-License-Identifier: Apache-2.0
internal import MachineTesting

extension FuzzEntry {
    /// The transport of all virtio devices, and the rings of each.
    static var virtio: [FuzzEntry] {
        [
            FuzzEntry("virtio-pci") { random in
                var guest = try TransportGuest(&random)
                try guest.run(moves: 300, &random)
            }
        ]
    }
}
