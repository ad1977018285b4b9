// SPDX-License-Identifier: Apache-2.0

/// What room an image has from the start (`preallocation=`).
package enum Preallocation: String, CaseIterable, Sendable {
    case off
    /// The tables of the format, and no room for contents.
    case metadata
    /// Room that the file system sets aside.
    case falloc
    /// Zeros, written.
    case full

    /// Reads a value; `option` is what the problem calls it.
    package init(_ text: String, option: String, of format: ImageFormat) throws(ToolProblem) {
        guard let value = Preallocation(rawValue: text), format != .raw || value != .metadata else {
            throw ToolProblem(
                "\(option)=\(text)", found: "\(format.rawValue) has no such preallocation",
                remedy: format == .raw ? "write off, falloc or full" : "write off, metadata, falloc or full")
        }
        self = value
    }
}
