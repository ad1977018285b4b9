// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import JSON

@Suite("JSON texts")
struct JSONParsingTests {
    /// A text and what it has to be read as.
    struct Reading: CustomTestStringConvertible {
        let text: String
        let value: JSONValue

        init(_ text: String, _ value: JSONValue) {
            self.text = text
            self.value = value
        }

        var testDescription: String { text }
    }

    static let readings: [Reading] = [
        Reading("null", .null), Reading(" \t\r\n true ", true), Reading("false", false),
        Reading("0", 0), Reading("-0", 0), Reading("-1", -1), Reading("12", 12),
        Reading("9223372036854775807", .integer(.max)), Reading("-9223372036854775808", .integer(.min)),
        Reading("9223372036854775808", .unsigned(1 << 63)), Reading("18446744073709551615", .unsigned(.max)),
        Reading("18446744073709551616", .double(18_446_744_073_709_551_616)), Reading("1.0", .double(1)),
        Reading("1e2", .double(100)), Reading("1E+2", .double(100)), Reading("-2.5e-1", .double(-0.25)),
        Reading("0.1", .double(0.1)), Reading("1e-400", .double(0)), Reading("\"\"", ""), Reading(#""a/b""#, "a/b"),
        Reading(#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), Reading(#""\u0041\u00e4\u20AC""#, "Aä€"),
        Reading(#""\ud83d\ude00""#, "😀"), Reading(#""\u0000""#, "\0"), Reading("\"😀é\u{7F}\"", "😀é\u{7F}"),
        Reading("[]", []), Reading("[ ]", []), Reading("{}", .object(JSONObject())),
        Reading("[1, [2], {}]", [1, [2], [:]]),
        Reading(#"{"b": 1, "a": {"b": [null]}}"#, ["b": 1, "a": ["b": [.null]]]),
        Reading(#"{"": 1}"#, ["": 1]),
    ]

    @Test("a text of RFC 8259 is read", arguments: readings)
    func reads(_ reading: Reading) throws {
        #expect(try JSONValue(parsing: Array(reading.text.utf8)) == reading.value)
    }

    @Test("a text is read the same however it is cut in two", arguments: readings)
    func readsInPieces(_ reading: Reading) throws {
        let bytes = Array(reading.text.utf8)
        for cut in 0...bytes.count {
            var parser = JSONStreamParser()
            var first = bytes[..<cut]
            var second = bytes[cut...]

            let values = [try parser.next(&first), try parser.next(&second), try parser.finish()].compactMap { $0 }

            #expect(values == [reading.value], "cut at \(cut)")
        }
    }

    /// Bytes that are no text of JSON, and how they are refused.
    struct Refusal: CustomTestStringConvertible {
        let bytes: [UInt8]
        let error: JSONError

        init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
            self.init(Array(text.utf8), reason, at: offset)
        }

        init(_ bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
            self.bytes = bytes
            error = JSONError(reason, offset: offset)
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self) }
    }

    static func wrong(_ character: Unicode.Scalar, _ expected: String) -> JSONError.Reason {
        .unexpected(byte: UInt8(ascii: character), expected: expected)
    }

    static let refusals: [Refusal] = [
        Refusal("", .unexpectedEnd, at: 0), Refusal("  ", .unexpectedEnd, at: 2), Refusal("[1", .unexpectedEnd, at: 2),
        Refusal("\"a", .unexpectedEnd, at: 2), Refusal("tru", .unexpectedEnd, at: 3),
        Refusal("-", .unexpectedEnd, at: 1),
        Refusal("1.", .unexpectedEnd, at: 2), Refusal("1e+", .unexpectedEnd, at: 3),
        Refusal("1 2", .trailingBytes, at: 2),
        Refusal("{} x", .trailingBytes, at: 3), Refusal("nul!", wrong("!", "'null'"), at: 3),
        Refusal("Nan", wrong("N", "a value"), at: 0), Refusal("'a'", wrong("'", "a value"), at: 0),
        Refusal("+1", wrong("+", "a value"), at: 0), Refusal(".5", wrong(".", "a value"), at: 0),
        Refusal("01", wrong("1", "the end of the number"), at: 1),
        Refusal("-01", wrong("1", "the end of the number"), at: 2),
        Refusal("1.e5", wrong("e", "a digit"), at: 2), Refusal("0x10", wrong("x", "the end of the number"), at: 1),
        Refusal("1e", .unexpectedEnd, at: 2), Refusal("1e400 ", .numberOutOfRange, at: 5),
        Refusal("[1,]", wrong("]", "a value"), at: 3), Refusal("[,1]", wrong(",", "a value or ']'"), at: 1),
        Refusal("[1 2]", wrong("2", "',' or ']'"), at: 3), Refusal("[1}", wrong("}", "',' or ']'"), at: 2),
        Refusal("]", wrong("]", "a value"), at: 0),
        Refusal("{1: 2}", wrong("1", "a key in quotation marks or '}'"), at: 1),
        Refusal(#"{"a" 1}"#, wrong("1", "':'"), at: 5), Refusal(#"{"a":}"#, wrong("}", "a value"), at: 5),
        Refusal(#"{"a":1,}"#, wrong("}", "a key in quotation marks"), at: 7),
        Refusal(#"{"a":1 "b":2}"#, wrong("\"", "',' or '}'"), at: 7), Refusal("/* */ 1", wrong("/", "a value"), at: 0),
        Refusal(#"{"a": 1, "b": 2, "a": 3}"#, .duplicateKey("a"), at: 23),
        Refusal(#"{"a": 1, "\u0061": 2}"#, .duplicateKey("a"), at: 20),
        Refusal(#""\x""#, wrong("x", "an escape"), at: 2),
        Refusal(#""\u12g4""#, wrong("g", "a hexadecimal digit"), at: 5),
        Refusal(#""\ud83d""#, .loneSurrogate, at: 7), Refusal(#""\ud83dx""#, .loneSurrogate, at: 7),
        Refusal(#""\ud83d\n""#, .loneSurrogate, at: 8), Refusal(#""\ud83d\ud83d""#, .loneSurrogate, at: 12),
        Refusal(#""\ude00""#, .loneSurrogate, at: 6), Refusal("\"\n\"", .controlCharacter(0x0A), at: 1),
        Refusal("\"\0\"", .controlCharacter(0), at: 1),
        Refusal([0xEF, 0xBB, 0xBF, 0x31], .unexpected(byte: 0xEF, expected: "a value"), at: 0),
        Refusal([0x22, 0x80, 0x22], .invalidUTF8, at: 1), Refusal([0x22, 0xC0, 0xAF, 0x22], .invalidUTF8, at: 1),
        Refusal([0x22, 0xC3, 0x22], .invalidUTF8, at: 2), Refusal([0x22, 0xE0, 0x80, 0x80, 0x22], .invalidUTF8, at: 2),
        Refusal([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, at: 2),
        Refusal([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, at: 2),
        Refusal([0x22, 0xFF, 0x22], .invalidUTF8, at: 1),
        Refusal([0x22, 0xF0, 0x9F, 0x98, 0x22], .invalidUTF8, at: 4),
    ]

    @Test("anything else is refused at the byte that is wrong", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONValue(parsing: refusal.bytes) }
    }

    @Test("64 levels are read and 65 are refused")
    func nesting() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        let value = try JSONValue(parsing: Array(deepest.utf8))

        #expect(value.serialized() == deepest)
        #expect(throws: JSONError(.tooDeep(limit: 64), offset: 64)) {
            try JSONValue(parsing: Array(("[" + deepest + "]").utf8))
        }
    }

    @Test("a value may have as many bytes as allowed and none more")
    func size() throws {
        #expect(try JSONValue(parsing: Array("  [1, 2]  ".utf8), maximumByteCount: 6) == [1, 2])
        #expect(throws: JSONError(.tooLarge(limit: 5), offset: 7)) {
            try JSONValue(parsing: Array("  [1, 2]".utf8), maximumByteCount: 5)
        }
    }

    @Test("a key that comes twice is found among many")
    func manyKeys() {
        let members = (0..<5000).map { "\"k\($0)\": 0" } + ["\"k17\": 1"]
        let text = "{" + members.joined(separator: ",") + "}"

        #expect(throws: JSONError(.duplicateKey("k17"), offset: text.utf8.count - 1)) {
            try JSONValue(parsing: Array(text.utf8))
        }
    }

    @Test("two spellings of one accented letter are two keys")
    func canonicalEquivalence() throws {
        let value = try JSONValue(parsing: Array("{\"\u{E9}\": 1, \"e\u{301}\": 2}".utf8))

        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }
}
