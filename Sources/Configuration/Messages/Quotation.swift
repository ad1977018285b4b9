// SPDX-License-Identifier: Apache-2.0

/// The text in single quotation marks, fit for one line of a message: control characters become `?`, and what is
/// longer than 80 characters is cut.
func quoted(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        guard shown.count < 80 else {
            shown.append("…")
            break
        }
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        shown.append(isControl ? "?" : scalar)
    }
    return "'\(String(shown))'"
}

/// The words with commas between them and `or` before the last.
func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}

/// What to write instead of an unknown `key`: the nearest of `keys`, else all of them.
func suggestion(for key: String, among keys: [String]) -> String {
    if let near = nearest(to: key, in: keys) { return "did you mean \(quoted(near))?" }
    return "known are \(keys.joined(separator: ", "))"
}
