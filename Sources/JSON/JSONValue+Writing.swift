// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// How a value is laid out as text.
    package enum Layout: Equatable, Sendable {
        /// On one line; a blank follows each comma and colon, as clients of QMP are used to.
        case compact
        /// On lines of their own, indented by four blanks a level.
        case pretty(sortedKeys: Bool)
    }

    /// The value as JSON in UTF-8, without a line feed at the end.
    ///
    /// Quotation marks, backslashes and control characters are escaped and nothing else. The depth is not bounded.
    package func bytes(_ layout: Layout = .compact) -> [UInt8] {
        var writer = JSONWriter(layout: layout)
        writer.write(self)
        return writer.bytes
    }

    /// The value as JSON: `bytes(_:)` as text.
    package func serialized(_ layout: Layout = .compact) -> String {
        String(decoding: bytes(layout), as: UTF8.self)
    }
}
