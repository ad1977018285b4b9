// SPDX-License-Identifier: Apache-2.0

/// Why TLS could not be set up, or broke.
package struct SecureStreamError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What OpenSSL says of it.
    package let reason: String

    package var description: String { reason }
}
