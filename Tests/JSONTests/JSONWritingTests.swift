// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import JSON

@Suite("Writing JSON")
struct JSONWritingTests {
    static let sample: JSONValue = [
        "b": [1, .double(0.5), .unsigned(.max), []], "a": ["x": .null, "e": [:]], "s": "\"\\\u{1}\n\u{7F}é😀",
    ]

    @Test("a compact text is one line in the order of the members")
    func compact() {
        #expect(
            Self.sample.serialized()
                == #"{"b": [1, 0.5, 18446744073709551615, []], "a": {"x": null, "e": {}}, "#
                + "\"s\": \"\\\"\\\\\\u0001\\n\u{7F}é😀\"}")
    }

    @Test("a pretty text has a line for each member, in order when asked")
    func pretty() {
        let value: JSONValue = ["b": [1, 2], "a": [:]]

        #expect(
            value.serialized(.pretty(sortedKeys: true))
                == "{\n    \"a\": {},\n    \"b\": [\n        1,\n        2\n    ]\n}")
        #expect(value.serialized(.pretty(sortedKeys: false)).hasPrefix("{\n    \"b\""))
    }

    @Test(
        "what is written is read back",
        arguments: [
            sample, .double(-0.0), .double(1e300), .double(.leastNonzeroMagnitude), .double(0.1), .integer(.min),
            .unsigned(.max), "",
        ])
    func roundTrip(_ value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.bytes()) == value)
        #expect(try JSONValue(parsing: value.bytes(.pretty(sortedKeys: false))) == value)
    }

    @Test("what JSON has no number for is null")
    func notFinite() {
        #expect(JSONValue.array([.double(.infinity), .double(.nan)]).serialized() == "[null, null]")
    }

    @Test("a deep value is written without recursion")
    func deep() {
        var value: JSONValue = []
        for _ in 0..<2000 { value = [value] }

        #expect(value.bytes().count == 4002)
    }

    @Test("setting a member keeps its place, and taking it out closes the gap")
    func members() {
        var object = JSONObject()
        object["a"] = 1
        object["b"] = 2
        object["a"] = 3
        #expect(object.keys == ["a", "b"])

        object["a"] = nil
        #expect(object.keys == ["b"])
        #expect(JSONValue(UInt64.max) == .unsigned(.max) && JSONValue(7) == .integer(7))
    }
}
