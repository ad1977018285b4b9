// SPDX-License-Identifier: Apache-2.0
import Testing

/// An option's text and what it says, or the line that refuses it.
struct OptionCase<Value: Equatable & Sendable>: CustomTestStringConvertible, Sendable {
    let text: String
    let expected: Result<Value, OptionRefusal>

    init(_ text: String, _ value: Value) {
        self.text = text
        expected = .success(value)
    }

    init(_ text: String, refused message: String) {
        self.text = text
        expected = .failure(OptionRefusal(message: message))
    }

    var testDescription: String { text }
}

/// The line that refuses an option.
struct OptionRefusal: Error, Equatable {
    let message: String
}
