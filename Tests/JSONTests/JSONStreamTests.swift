// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import JSON

@Suite("JSON streams")
struct JSONStreamTests {
    /// What a parser makes of a stream: values and mistakes in their order.
    enum Finding: Equatable {
        case value(JSONValue)
        case mistake(JSONError)
    }

    /// Gives the pieces to one parser, one after the other, and ends the stream.
    static func findings(_ pieces: [[UInt8]], maximumByteCount: Int = 1 << 20) -> [Finding] {
        var parser = JSONStreamParser(maximumByteCount: maximumByteCount)
        var findings: [Finding] = []
        for piece in pieces {
            var rest = piece[...]
            while true {
                do throws(JSONError) {
                    guard let value = try parser.next(&rest) else { break }
                    findings.append(.value(value))
                } catch {
                    findings.append(.mistake(error))
                }
            }
        }
        do throws(JSONError) {
            if let value = try parser.finish() { findings.append(.value(value)) }
        } catch {
            findings.append(.mistake(error))
        }
        return findings
    }

    /// A stream, the values that it holds, and the number of mistakes in it.
    struct Stream: CustomTestStringConvertible {
        let text: String
        let values: [JSONValue]
        let mistakes: Int

        init(_ text: String, _ values: [JSONValue], mistakes: Int = 0) {
            self.text = text
            self.values = values
            self.mistakes = mistakes
        }

        var testDescription: String { text }
    }

    static let streams: [Stream] = [
        Stream("{}{}[]", [[:], [:], []]), Stream("1 2,", [1, 2], mistakes: 1),
        Stream("truefalse\"a\"1[2]", [true, false, "a", 1, [2]]),
        Stream("  \r\n", []), Stream("12", [12]),
        Stream(#"{"a": x, "b": [{}]} {"c": 1}"#, [["c": 1]], mistakes: 1), Stream("[x{]} 1", [1], mistakes: 1),
        Stream(#"{"a": "}\" }", "b" 1} 2"#, [2], mistakes: 1), Stream(#"{"a": "\x"} 2"#, [2], mistakes: 1),
        Stream(#"{"a": "\u12", "b": "}"} 2"#, [2], mistakes: 1),
        Stream("{\"a\": \"b\n{\"c\": 1}", [["c": 1]], mistakes: 1),
        Stream("hello{\"c\": 1}", [["c": 1]], mistakes: 1), Stream("a b 1", [1], mistakes: 2),
        Stream("}}] 1", [1], mistakes: 3), Stream("01 2", [2], mistakes: 1),
        Stream("-{\"a\": 1}", [["a": 1]], mistakes: 1),
        Stream("1e999[2]", [[2]], mistakes: 1), Stream(#"{"a": 1, "a": 2}[3]"#, [[3]], mistakes: 1),
        Stream("[1", [], mistakes: 1), Stream(#""\ud800" 1"#, [1], mistakes: 1),
        Stream(#""\ud800\" 1" 2"#, [2], mistakes: 1),
        Stream(String(repeating: "[", count: 70) + String(repeating: "]", count: 70) + "1", [1], mistakes: 1),
    ]

    @Test("values are found behind one another and behind mistakes", arguments: streams)
    func finds(_ stream: Stream) {
        let findings = Self.findings([Array(stream.text.utf8)])

        let values = findings.compactMap { if case .value(let value) = $0 { value } else { nil } }
        #expect(values == stream.values)
        #expect(findings.count - values.count == stream.mistakes)
    }

    @Test("pieces change nothing", arguments: streams)
    func pieces(_ stream: Stream) {
        let bytes = Array(stream.text.utf8)
        let whole = Self.findings([bytes])

        #expect(Self.findings(bytes.map { [$0] }) == whole)
        for cut in 0...bytes.count {
            #expect(Self.findings([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut)")
        }
    }

    @Test("byte 0xFF begins afresh, whatever came before")
    func flush() {
        for prefix in ["[", "\"", "{\"a", "[[\"\\", "tr", "{]{{{"] {
            let findings = Self.findings([Array(prefix.utf8) + [0xFF] + Array("7 ".utf8)])

            #expect(findings.last == .value(7), "behind \(prefix)")
        }
    }

    @Test("a value that is too large is skipped to its end")
    func tooLarge() {
        let stream = Array(("[" + String(repeating: "1,", count: 50) + "\"]\"] 8 ").utf8)

        let findings = Self.findings([stream], maximumByteCount: 20)

        #expect(findings == [.mistake(JSONError(.tooLarge(limit: 20), offset: 20)), .value(8)])
    }

    @Test("a random stream is read the same in one piece and in many", arguments: 0..<40)
    func mutations(round: Int) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var randomness = Randomness(seed: seed)
        let sample = #"{"execute": "a\u00e4\ud83d\ude00b", "id": [1, -2.5e3, true, null, {"x": "é€😀"}]} 12 "s" "#
        var bytes = Array((sample + sample).utf8)
        for _ in 0..<Int.random(in: 1...8, using: &randomness) {
            let place = Int.random(in: bytes.indices, using: &randomness)
            switch Int.random(in: 0..<4, using: &randomness) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &randomness)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("[]{}\",:\\\n0e".utf8).randomElement(using: &randomness) ?? 0, at: place)
            default: bytes.swapAt(place, Int.random(in: bytes.indices, using: &randomness))
            }
        }

        let whole = Self.findings([bytes])

        #expect(Self.findings(bytes.map { [$0] }) == whole, "seed \(seed)")
        for case .value(let value) in whole {
            #expect(try JSONValue(parsing: value.bytes()) == value, "seed \(seed)")
        }
    }
}
