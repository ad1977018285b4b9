// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// One object of the document, whose members are read by name. What is wrong with them goes to the list of mistakes,
/// and `nil` stands for it.
struct ObjectReader {
    private let place: String
    private let object: JSONObject
    private let mistakes: MistakeList

    /// Reports a value that is no object.
    init?(_ value: JSONValue, at place: String, _ mistakes: MistakeList) {
        guard case .object(let object) = value else {
            mistakes.report(
                .wrongType, place.isEmpty ? "configuration" : place, found: value.kindName, remedy: "write an object")
            return nil
        }
        self.place = place
        self.object = object
        self.mistakes = mistakes
    }

    /// Reports members whose keys are not among `keys`.
    func allow(_ keys: [String]) {
        for key in object.keys where !keys.contains(key) {
            mistakes.report(
                .unknownKey, location(of: String(key.unicodeScalars.prefix(64))), found: "an unknown key",
                remedy: suggestion(for: key, among: keys))
        }
    }

    func location(of key: String) -> String {
        place.isEmpty ? key : "\(place).\(key)"
    }

    func report(_ kind: ConfigurationError.Kind, _ key: String, found: String, remedy: String) {
        mistakes.report(kind, location(of: key), found: found, remedy: remedy)
    }

    func string(_ key: String) -> String? {
        read(key, "a string", \.text)
    }

    func bool(_ key: String) -> Bool? {
        read(key, "true or false", \.boolValue)
    }

    func integer(_ key: String) -> Int? {
        read(key, "an integer") { $0.integerValue.flatMap { Int(exactly: $0) } }
    }

    func unsigned(_ key: String) -> UInt64? {
        read(key, "an integer that is not negative", \.unsignedValue)
    }

    func descriptor(_ key: String) -> Int32? {
        read(key, "the number of a descriptor") { $0.integerValue.flatMap { Int32(exactly: $0) } }
    }

    /// One of the words, or `nil` with a report.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let text = string(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        report(
            .invalidValue, key, found: quoted(text),
            remedy: nearest(to: text, in: words).map { "did you mean \(quoted($0))?" } ?? "use \(alternatives(words))")
        return nil
    }

    /// A path as a string, or a descriptor as `{"descriptor": NUMBER}`.
    func resource(_ key: String) -> Resource? {
        guard let value = object[key] else { return nil }
        if case .string(let path) = value { return .path(path) }
        guard case .object = value, let reader = ObjectReader(value, at: location(of: key), mistakes) else {
            report(
                .wrongType, key, found: value.kindName, remedy: "write a path as a string, or {\"descriptor\": NUMBER}")
            return nil
        }
        reader.allow(["descriptor"])
        return reader.required("descriptor", "{\"descriptor\": NUMBER}", reader.descriptor).map { .descriptor($0) }
    }

    /// What `body` makes of the member's value, when there is one.
    func nested<Value>(_ key: String, _ body: (JSONValue, String, MistakeList) -> Value?) -> Value? {
        object[key].flatMap { body($0, location(of: key), mistakes) }
    }

    /// What `body` makes of each element of an array; elements with mistakes are left out, and no member is no element.
    func array<Value>(_ key: String, _ body: (JSONValue, String, MistakeList) -> Value?) -> [Value] {
        let elements = read(key, "an array", \.elements) ?? []
        return elements.enumerated().compactMap { body($1, "\(location(of: key))[\($0)]", mistakes) }
    }

    /// What `read` returns for a member that has to be there.
    func required<Value>(_ key: String, _ example: String, _ read: (String) -> Value?) -> Value? {
        if object[key] == nil {
            report(.missing, key, found: "it is not given", remedy: "write \(example)")
        }
        return read(key)
    }

    func has(_ key: String) -> Bool {
        object[key] != nil
    }

    private func read<Value>(_ key: String, _ expected: String, _ convert: (JSONValue) -> Value?) -> Value? {
        guard let value = object[key] else { return nil }
        if let converted = convert(value) { return converted }
        let shown =
            switch value {
            case .integer, .unsigned, .double: "the number \(value.serialized())"
            default: value.kindName
            }
        report(.wrongType, key, found: shown, remedy: "write \(expected)")
        return nil
    }
}
