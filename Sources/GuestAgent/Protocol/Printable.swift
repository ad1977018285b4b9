// SPDX-License-Identifier: Apache-2.0

/// Text from a guest, for a terminal that must not obey it.
enum Printable {
    private static let maximumCount = 1024

    /// The text with control characters as question marks, cut where it is longer than 1024 characters.
    static func text(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(maximumCount) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: scalars.append("?")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
