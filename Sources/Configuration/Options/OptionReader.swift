// SPDX-License-Identifier: Apache-2.0

/// The value of a command-line option, taken apart: `first,key=value,key`. A comma that belongs to a value is doubled.
struct OptionReader {
    /// One element between commas; a key alone has no value.
    private struct Element {
        let key: String
        let value: String?
    }

    private let object: String
    private var elements: [Element] = []

    /// Takes `text` apart.
    ///
    /// - Parameters:
    ///   - option: The option's own name, such as `--disk`.
    ///   - shown: What messages quote, where it is more than `text`.
    ///   - firstKey: The key of a first element that is written without one, if that is allowed.
    ///   - keys: All keys that the option takes.
    ///   - flags: Those of the keys that may stand alone.
    init(
        _ option: String, _ text: String, shown: String? = nil, firstKey: String? = nil, keys: [String],
        flags: [String] = []
    ) throws(ConfigurationError) {
        object = "\(option) \(quoted(shown ?? text))"
        for (index, part) in Self.split(text).enumerated() {
            let element = Self.element(part, firstKey: index == 0 ? firstKey : nil, keys: keys)
            try check(element, keys: keys, flags: flags)
            elements.append(element)
        }
    }

    /// An error about this option.
    func error(_ kind: ConfigurationError.Kind, found: String, remedy: String) -> ConfigurationError {
        ConfigurationError(kind, object, found: found, remedy: remedy)
    }

    /// Whether the key was given, with a value or alone.
    func has(_ key: String) -> Bool {
        elements.contains { $0.key == key }
    }

    /// The value of the key, or `nil` when the key was not given.
    func value(_ key: String) -> String? {
        elements.first { $0.key == key }?.value
    }

    /// A key that stands alone or says `on` or `off`; not given means off.
    func flag(_ key: String) throws(ConfigurationError) -> Bool {
        guard has(key) else { return false }
        switch value(key) {
        case nil, "on": return true
        case "off": return false
        case let other?:
            throw error(.invalidValue, found: "\(key)=\(other)", remedy: "write \(key), \(key)=on or \(key)=off")
        }
    }

    /// The value of the key as a decimal number, or `nil` when the key was not given.
    func integer(_ key: String) throws(ConfigurationError) -> Int? {
        guard let text = value(key) else { return nil }
        if let number = Int(text) { return number }
        throw error(.invalidValue, found: "\(key)=\(text)", remedy: "write \(key)=NUMBER")
    }

    private func check(_ element: Element, keys: [String], flags: [String]) throws(ConfigurationError) {
        let key = element.key
        if key.isEmpty {
            throw error(.syntax, found: "an empty part", remedy: "double a comma that belongs to a value")
        }
        if !keys.contains(key) {
            throw error(.unknownKey, found: "the unknown key \(quoted(key))", remedy: Self.suggestion(for: key, keys))
        }
        if has(key) {
            throw error(.duplicate, found: "\(key) is given twice", remedy: "give it once")
        }
        if (element.value ?? "").isEmpty, !(flags.contains(key) && element.value == nil) {
            throw error(.missing, found: "\(key) has no value", remedy: "write \(key)=VALUE")
        }
    }

    /// The limits of a disk are many, and are named to who meant one.
    private static func suggestion(for key: String, _ keys: [String]) -> String {
        let prefix = ThrottleConfiguration.prefix
        let others = keys.filter { !$0.hasPrefix(prefix) }
        if key.hasPrefix(prefix) || others.count == keys.count {
            return Configuration.suggestion(for: key, among: keys)
        }
        return Configuration.suggestion(for: key, among: others + [prefix + "LIMIT"])
    }

    private static func element(_ part: String, firstKey: String?, keys: [String]) -> Element {
        let bytes = part.utf8
        guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")), isWord(part[..<sign]) else {
            if let firstKey, !part.isEmpty { return Element(key: firstKey, value: part) }
            return Element(key: part, value: nil)
        }
        return Element(key: String(part[..<sign]), value: String(part[bytes.index(after: sign)...]))
    }

    /// What cannot be a key is part of a path: `/srv/a=b.img`. One prefix alone has a dot.
    private static func isWord(_ text: Substring) -> Bool {
        let text =
            text.hasPrefix(ThrottleConfiguration.prefix)
            ? text.dropFirst(ThrottleConfiguration.prefix.count) : text
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
    }

    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var isAfterComma = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: ","), !isAfterComma {
                isAfterComma = true
                continue
            }
            if isAfterComma, byte != UInt8(ascii: ",") {
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            }
            isAfterComma = false
            part.append(byte)
        }
        parts.append(String(decoding: part, as: UTF8.self))
        if isAfterComma { parts.append("") }
        return parts
    }
}
