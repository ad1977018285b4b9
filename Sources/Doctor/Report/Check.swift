// SPDX-License-Identifier: Apache-2.0

/// One thing that was looked at on the host.
package struct Check: Equatable, Sendable {
    /// What came out.
    package enum Result: String, Equatable, Sendable, CaseIterable {
        /// It is as it should be.
        case pass
        /// Machines run without it; something is slower or missing.
        case warn
        /// Machines do not run because of it, at least not here.
        case fail
    }

    /// A word for programs, which never changes: `kvm-speed`.
    package let name: String
    /// A few words for people: "KVM's speed".
    package let title: String
    /// What came out.
    package let result: Result
    /// What was found, as a clause.
    package let found: String
    /// What to do about it; `nil` where nothing is to be done.
    package let remedy: String?

    package init(_ name: String, _ title: String, _ result: Result, _ found: String, remedy: String? = nil) {
        self.name = name
        self.title = title
        self.result = result
        self.found = found
        self.remedy = remedy
    }
}
