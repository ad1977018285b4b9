// SPDX-License-Identifier: Apache-2.0

/// The version of Apus, as the command line and the monitor tell it.
package enum ApusVersion {
    /// Major and minor number.
    package static let current = "0.1"
}
