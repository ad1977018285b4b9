// SPDX-License-Identifier: Apache-2.0

/// A value of JSON (RFC 8259).
///
/// A number without fraction and exponent is an integer wherever 64 bits hold it; every other number is a double.
package enum JSONValue: Equatable, Sendable {
    /// The literal `null`.
    case null
    /// The literals `true` and `false`.
    case bool(Bool)
    /// An integer that `Int64` holds.
    case integer(Int64)
    /// An integer over `Int64.max` that `UInt64` holds. Made by `init(_:)`, which picks the right case.
    case unsigned(UInt64)
    /// A number with a fraction or an exponent, or too large for 64 bits. JSON has no infinity and no NaN: they are
    /// written as `null`.
    case double(Double)
    /// A string; it may contain U+0000.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// The number as `integer` where that holds it, else as `unsigned`.
    package init(_ number: some BinaryInteger) {
        if let value = Int64(exactly: number) {
            self = .integer(value)
        } else if let value = UInt64(exactly: number) {
            self = .unsigned(value)
        } else {
            self = .double(Double(number))
        }
    }

    /// What the value is, in JSON's words and with an article: `an object`, `a number`.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The text of a string, or `nil`.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, when it is an integer that `Int64` holds.
    package var integerValue: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The number, when it is an integer that `UInt64` holds.
    package var unsignedValue: UInt64? {
        switch self {
        case .integer(let number): UInt64(exactly: number)
        case .unsigned(let number): number
        default: nil
        }
    }

    /// The truth value, or `nil`.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array, or `nil`.
    package var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The object, or `nil`.
    package var members: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The member of an object, or `nil` where there is none or this is no object.
    package subscript(key: String) -> JSONValue? {
        members?[key]
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    /// A string.
    package init(stringLiteral value: String) {
        self = .string(value)
    }

    /// A boolean.
    package init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    /// An integer.
    package init(integerLiteral value: Int64) {
        self = .integer(value)
    }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// An array.
    package init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    /// An object whose members keep the order of the literal; a key that comes twice keeps its last value.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in members {
            object[key] = value
        }
        self = .object(object)
    }
}
