// SPDX-License-Identifier: Apache-2.0
package import JSON

/// The version that the greeting and `query-version` tell.
///
/// Clients choose commands and shapes by the numbers under `qemu`, so these name the version of QEMU whose replies are
/// given here: 7.2.0. The program's own version is the package's.
package struct MonitorVersion: Equatable, Sendable {
    /// The program and its version, such as `apus-0.1`.
    package let package: String

    /// Makes the version of this package.
    package init(package: String) {
        self.package = package
    }

    /// What `query-version` returns.
    package var json: JSONValue {
        ["qemu": ["micro": 0, "minor": 2, "major": 7], "package": .string(package)]
    }
}
