// SPDX-License-Identifier: Apache-2.0

/// What cloud-init in the guest is given at its first start, by its data source NoCloud: the launcher makes a small
/// disk of it, which comes after the others.
package struct SeedConfiguration: Equatable, Sendable {
    /// The most that one of the files may have: 1 MiB.
    package static let maximumFileByteCount = 1 << 20

    /// What to do: a `#cloud-config` document or a script.
    package var userData: Resource
    /// Who the guest is; made of the machine's name where there is none.
    package var metaData: Resource?
    /// The guest's network, when cloud-init is to set it up in another way than by DHCP.
    package var networkConfiguration: Resource?

    package init(userData: Resource, metaData: Resource? = nil, networkConfiguration: Resource? = nil) {
        self.userData = userData
        self.metaData = metaData
        self.networkConfiguration = networkConfiguration
    }
}
