// SPDX-License-Identifier: Apache-2.0

/// A name of ACPI's namespace: at most four letters, digits or underscores, filled up with underscores
/// (ACPI 6.4 §20.2.2).
package struct AMLName: ExpressibleByStringLiteral {
    /// The four characters.
    package let bytes: [UInt8]

    /// Traps unless `text` is a name.
    package init(_ text: String) {
        let letters = Array(text.utf8)
        precondition(1...4 ~= letters.count, "an ACPI name has one to four characters")
        precondition(
            letters.allSatisfy { 0x41...0x5a ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5f } && !(0x30...0x39 ~= letters[0]),
            "an ACPI name has capitals, digits and underscores, and begins with no digit")
        bytes = letters + [UInt8](repeating: 0x5f, count: 4 - letters.count)
    }

    package init(stringLiteral text: String) {
        self.init(text)
    }
}
