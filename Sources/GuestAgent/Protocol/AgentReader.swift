// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Finds the answers in the bytes that a guest's agent sends: one JSON object a line.
///
/// The byte 0xFF, which is in no UTF-8 text, begins a line wherever it comes: the agent sends it before the answer to
/// `guest-sync-delimited`, and what stood before it is forgotten. Pure; bounded by the bytes of a line and by
/// `JSONStreamParser.maximumNesting`.
package struct AgentReader: Sendable {
    /// Something complete that was found.
    package enum Item: Equatable, Sendable {
        /// A line, and whether 0xFF came before it.
        case answer(JSONValue, isDelimited: Bool)
        /// A line that is no JSON; the reader goes on behind it.
        case nonsense(JSONError)
    }

    private static let delimiter: UInt8 = 0xFF
    private static let lineFeed: UInt8 = 0x0A

    /// The longest line.
    package var maximumByteCount: Int
    private var line: [UInt8] = []
    private var isDelimited = false
    /// What has been taken and not yet looked at.
    private var rest: ArraySlice<UInt8> = []

    /// Makes a reader at the beginning of a stream.
    package init(maximumByteCount: Int) {
        self.maximumByteCount = maximumByteCount
    }

    /// Takes bytes as they came. What was taken before must have been looked at: `next()` returned nil.
    package mutating func take(_ bytes: [UInt8]) {
        rest = rest.isEmpty ? bytes[...] : rest + bytes
    }

    /// The next complete item, or `nil` where more bytes are needed.
    ///
    /// - Throws: `tooLong`. The line is forgotten, and its end is nonsense.
    package mutating func next() throws(AgentError) -> Item? {
        while !rest.isEmpty {
            let end = rest.firstIndex { $0 == Self.delimiter || $0 == Self.lineFeed } ?? rest.endIndex
            guard line.count + rest.distance(from: rest.startIndex, to: end) <= maximumByteCount else {
                rest = rest[end...]
                reset()
                throw .tooLong(limit: maximumByteCount)
            }
            line += rest[..<end]
            guard end < rest.endIndex else {
                rest = []
                return nil
            }
            let mark = rest[end]
            rest = rest[(end + 1)...]
            if mark == Self.delimiter {
                reset()
                isDelimited = true
            } else if let item = finishLine() {
                return item
            }
        }
        return nil
    }

    private mutating func finishLine() -> Item? {
        defer { reset() }
        guard line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return nil }
        do {
            return .answer(
                try JSONValue(parsing: line, maximumByteCount: maximumByteCount), isDelimited: isDelimited)
        } catch {
            return .nonsense(error)
        }
    }

    private mutating func reset() {
        line = []
        isDelimited = false
    }
}
