// SPDX-License-Identifier: Apache-2.0

/// Writes a value as text, without recursion.
struct JSONWriter {
    /// An array or object that is being written, and how much of it has been.
    private struct Container {
        let isObject: Bool
        let members: [JSONObject.Member]
        var written = 0

        var end: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }
    }

    private let layout: JSONValue.Layout
    private var open: [Container] = []
    private(set) var bytes: [UInt8] = []

    init(layout: JSONValue.Layout) {
        self.layout = layout
    }

    mutating func write(_ value: JSONValue) {
        begin(value)
        while let container = open.last {
            guard container.written < container.members.count else {
                open.removeLast()
                if container.written > 0 { breakLine() }
                bytes.append(container.end)
                continue
            }
            open[open.count - 1].written += 1
            writeMember(container.members[container.written], isFirst: container.written == 0, container.isObject)
        }
    }

    private mutating func writeMember(_ member: JSONObject.Member, isFirst: Bool, _ isObject: Bool) {
        if !isFirst {
            bytes.append(UInt8(ascii: ","))
            if layout == .compact { bytes.append(UInt8(ascii: " ")) }
        }
        breakLine()
        if isObject {
            write(string: member.key)
            bytes.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
        }
        begin(member.value)
    }

    private mutating func begin(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let number): bytes.append(contentsOf: number.description.utf8)
        case .unsigned(let number): bytes.append(contentsOf: number.description.utf8)
        case .double(let number): bytes.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
        case .string(let text): write(string: text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            open.append(Container(isObject: false, members: elements.map { .init(key: "", value: $0) }))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            open.append(Container(isObject: true, members: ordered(object.members)))
        }
    }

    private func ordered(_ members: [JSONObject.Member]) -> [JSONObject.Member] {
        guard layout == .pretty(sortedKeys: true) else { return members }
        return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private mutating func breakLine() {
        if layout == .compact { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * open.count))
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0x00..<0x20: writeEscape(byte)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ byte: UInt8) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
    }
}
