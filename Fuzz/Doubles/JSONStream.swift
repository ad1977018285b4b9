// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// What a parser makes of a stream, as a list to compare.
enum JSONStream: Equatable {
    case value(JSONValue)
    case mistake(JSONError)

    /// Reads the pieces to the end of the stream.
    static func read(_ pieces: [[UInt8]]) -> [JSONStream] {
        var parser = JSONStreamParser(maximumByteCount: 16 << 10)
        var events: [JSONStream] = []
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty { note(&events) { () throws(JSONError) in try parser.next(&rest) } }
        }
        note(&events) { () throws(JSONError) in try parser.finish() }
        return events
    }

    private static func note(_ events: inout [JSONStream], _ read: () throws(JSONError) -> JSONValue?) {
        do throws(JSONError) {
            if let value = try read() { events.append(.value(value)) }
        } catch {
            events.append(.mistake(error))
        }
    }
}
