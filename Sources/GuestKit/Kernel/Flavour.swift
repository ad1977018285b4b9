// SPDX-License-Identifier: Apache-2.0

/// The stock kernels that Apus boots.
package enum Flavour: String, CaseIterable, Sendable {
    /// For virtual machines: few drivers, quick to start; no 9p.
    case cloud
    /// For any machine; the lab's own kernel.
    case generic

    /// The package that always depends on the newest kernel of the flavour.
    package var packageName: String {
        switch self {
        case .cloud: "linux-image-cloud-amd64"
        case .generic: "linux-image-amd64"
        }
    }
}
