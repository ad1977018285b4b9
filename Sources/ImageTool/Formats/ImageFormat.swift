// SPDX-License-Identifier: Apache-2.0

/// A format that the tool knows.
package enum ImageFormat: String, CaseIterable, Sendable {
    case raw
    case qcow2
    case vmdk

    /// The format of a name as `-f` and `-O` have it.
    package init(named name: String, option: String) throws(ToolProblem) {
        guard let format = ImageFormat(rawValue: name) else {
            let isForeign = ForeignFormat.allCases.contains { $0.rawValue == name }
            throw ToolProblem(
                "\(option) \(name)",
                found: isForeign ? "this tool does not read or write \(name)" : "there is no such format",
                remedy: isForeign
                    ? "convert it with qemu-img first" : "the formats are raw, qcow2 and vmdk (the latter to read)")
        }
        self = format
    }

    /// Formats that are recognised, so that they are not taken for raw, and nothing more.
    enum ForeignFormat: String, CaseIterable {
        case luks, qcow, qed, vdi, vhdx, vpc, parallels, bochs, dmg
    }
}
