// SPDX-License-Identifier: Apache-2.0

/// A terminal's size in characters.
package struct TerminalSize: Equatable, Sendable {
    package let rows: UInt16
    package let columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}
