// SPDX-License-Identifier: Apache-2.0

/// The options of a format as `-o` has them: `name=value,name=value`; a comma in a value is written twice.
package struct OptionList: Sendable {
    private var pairs: [(name: String, value: String)] = []

    /// Reads the texts of every `-o`, in their order. The last value of a name counts; a name alone means `on`.
    package init(_ texts: [String]) throws(ToolProblem) {
        for text in texts {
            for part in Self.parts(of: text) {
                let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = sides.first, !name.isEmpty else {
                    throw ToolProblem(
                        "-o '\(text)'", found: "it is not a list of options", remedy: "write name=value,name=value")
                }
                set(String(name), sides.count > 1 ? String(sides[1]) : "on")
            }
        }
    }

    /// Puts a value in, in place of the one that is there.
    package mutating func set(_ name: String, _ value: String) {
        pairs.removeAll { $0.name == name }
        pairs.append((name, value))
    }

    /// Takes a value out.
    mutating func take(_ name: String) -> String? {
        guard let index = pairs.firstIndex(where: { $0.name == name }) else { return nil }
        return pairs.remove(at: index).value
    }

    /// Takes a size out.
    mutating func takeSize(_ name: String) throws(ToolProblem) -> UInt64? {
        guard let text = take(name) else { return nil }
        return try ImageSize.parse(text, "-o \(name)")
    }

    /// Takes `on` or `off` out.
    mutating func takeSwitch(_ name: String) throws(ToolProblem) -> Bool? {
        guard let text = take(name) else { return nil }
        switch text {
        case "on", "yes", "true", "y": return true
        case "off", "no", "false", "n": return false
        default:
            throw ToolProblem("-o \(name)=\(text)", found: "it is neither on nor off", remedy: "write on or off")
        }
    }

    /// Whether a value of that name is there.
    func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }

    /// Whether everything was taken.
    var isEmpty: Bool { pairs.isEmpty }

    /// Refuses what nobody took.
    func checkEmpty(_ format: ImageFormat, known: [String]) throws(ToolProblem) {
        guard let first = pairs.first else { return }
        throw ToolProblem(
            "-o \(first.name)", found: "\(format.rawValue) has no such option",
            remedy: known.isEmpty ? nil : "it has \(known.joined(separator: ", "))")
    }

    /// Splits at single commas.
    static func parts(of text: String) -> [String] {
        var parts: [[UInt8]] = [[]]
        var bytes = text.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next {
            next = bytes.next()
            if byte == UInt8(ascii: ","), next == byte {
                parts[parts.count - 1].append(byte)
                next = bytes.next()
            } else if byte == UInt8(ascii: ",") {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}
