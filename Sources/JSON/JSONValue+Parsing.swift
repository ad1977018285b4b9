// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// Reads a text that is one value with nothing but blanks around it.
    ///
    /// - Parameters:
    ///   - bytes: The whole text, in UTF-8 without a byte order mark.
    ///   - maximumByteCount: How many bytes the value may have.
    package init(
        parsing bytes: [UInt8], maximumByteCount: Int = JSONStreamParser.defaultMaximumByteCount
    ) throws(JSONError) {
        var parser = JSONStreamParser(maximumByteCount: maximumByteCount)
        var rest = bytes[...]
        let first = try parser.next(&rest)
        let last = try parser.finish()
        guard let value = first ?? last else { throw JSONError(.unexpectedEnd, offset: bytes.count) }
        if let position = rest.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
            throw JSONError(.trailingBytes, offset: position)
        }
        self = value
    }
}
