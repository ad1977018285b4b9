// SPDX-License-Identifier: Apache-2.0

/// A folder with certificates as QEMU lays it out (`tls-creds-x509`), and what is asked of the other side.
package struct TLSCredentials: Equatable, Sendable {
    package let folder: String
    /// Clients must have a certificate of the same authority.
    package var verifiesPeer = true
    /// Clients whose certificate has one of these distinguished names; any where it is empty.
    package var admittedNames: [String] = []

    package init(folder: String) { self.folder = folder }
}
