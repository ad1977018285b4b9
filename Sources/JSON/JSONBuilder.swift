// SPDX-License-Identifier: Apache-2.0

/// Puts tokens together to values, without recursion.
struct JSONBuilder: Sendable {
    /// An array or object that is not closed yet.
    private struct Container {
        let isObject: Bool
        var elements: [JSONValue] = []
        var members: [JSONObject.Member] = []
        var key = ""
    }

    private enum Expectation {
        case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd
    }

    private var containers: [Container] = []
    private var expectation = Expectation.value

    /// Number of arrays and objects that are open.
    var depth: Int { containers.count }

    /// Whether `byte` begins a string, an array or an object.
    static func opens(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
    }

    /// Throws where no token that begins with `byte` may come next. Only such tokens are to be added.
    func check(_ byte: UInt8) throws(JSONError.Reason) {
        if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { return }
        let isObject = containers.last?.isObject ?? false
        let isEnd = byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        let (isRight, expected) =
            switch expectation {
            case .value: (beginsValue(byte), "a value")
            case .valueOrEnd: (beginsValue(byte) || isEnd, "a value or ']'")
            case .key: (byte == UInt8(ascii: "\""), "a key in quotation marks")
            case .keyOrEnd: (byte == UInt8(ascii: "\"") || isEnd, "a key in quotation marks or '}'")
            case .colon: (byte == UInt8(ascii: ":"), "':'")
            case .commaOrEnd: (byte == UInt8(ascii: ",") || isEnd, isObject ? "',' or '}'" : "',' or ']'")
            }
        if !isRight { throw .unexpected(byte: byte, expected: expected) }
    }

    /// Adds a token that `check(_:)` let pass.
    ///
    /// - Returns: The value at the top, when the token completes it.
    mutating func add(_ token: JSONLexer.Token) throws(JSONError.Reason) -> JSONValue? {
        switch token {
        case .scalar(let value): return complete(value)
        case .string(let text):
            guard expectation == .key || expectation == .keyOrEnd else { return complete(.string(text)) }
            containers[containers.count - 1].key = text
            expectation = .colon
        case .structure(UInt8(ascii: ",")):
            expectation = containers[containers.count - 1].isObject ? .key : .value
        case .structure(UInt8(ascii: ":")): expectation = .value
        case .structure(UInt8(ascii: "[")): try open(isObject: false)
        case .structure(UInt8(ascii: "{")): try open(isObject: true)
        case .structure: return try close()
        }
        return nil
    }

    private func beginsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            true
        default: Self.opens(byte)
        }
    }

    private mutating func open(isObject: Bool) throws(JSONError.Reason) {
        guard depth < JSONStreamParser.maximumNesting else { throw .tooDeep(limit: JSONStreamParser.maximumNesting) }
        containers.append(Container(isObject: isObject))
        expectation = isObject ? .keyOrEnd : .valueOrEnd
    }

    private mutating func close() throws(JSONError.Reason) -> JSONValue? {
        let members = containers[containers.count - 1].members
        if let key = Self.repeatedKey(in: members) { throw .duplicateKey(key) }
        let container = containers.removeLast()
        return complete(
            container.isObject ? .object(JSONObject(uniqueMembers: members)) : .array(container.elements))
    }

    private mutating func complete(_ value: JSONValue) -> JSONValue? {
        guard let last = containers.indices.last else {
            expectation = .value
            return value
        }
        if containers[last].isObject {
            containers[last].members.append(.init(key: containers[last].key, value: value))
        } else {
            containers[last].elements.append(value)
        }
        expectation = .commaOrEnd
        return nil
    }

    /// A key that comes twice. Sorting finds it in a large object without hashing, whose seed would cost a system
    /// call that a sandboxed process may not make.
    private static func repeatedKey(in members: [JSONObject.Member]) -> String? {
        guard members.count > 1 else { return nil }
        let keys = members.map(\.key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (first, second) in zip(keys, keys.dropFirst()) where first.utf8.elementsEqual(second.utf8) {
            return String(first.unicodeScalars.prefix(64))
        }
        return nil
    }
}
