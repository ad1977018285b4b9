// SPDX-License-Identifier: Apache-2.0

/// Where a server listens.
package enum ServingPlace: Equatable, Sendable {
    /// A socket in the file system.
    case unix(path: String)
    /// Every address of a host's name; port 0 takes a free one.
    case internet(host: String, port: String)
}
