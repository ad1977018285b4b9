// SPDX-License-Identifier: Apache-2.0

/// Writes answers to requests, simple or structured ("NBD protocol", "Simple reply message", "Structured reply chunk
/// message").
package struct ReplyWriter: Sendable {
    let isStructured: Bool

    package init(isStructured: Bool) { self.isStructured = isStructured }

    /// Bytes of a simple reply's header.
    static let simpleByteCount = 16

    /// A request was carried out and has nothing more to say.
    func acknowledge(_ request: NBDRequest, _ output: StreamBuffer) {
        if isStructured {
            chunk(.none, request.cookie, length: 0, isLast: true, output)
        } else {
            simple(0, request.cookie, output)
        }
    }

    /// A request failed.
    package func fail(cookie: UInt64, _ code: NBDErrorCode, _ sentence: String, _ output: StreamBuffer) {
        guard isStructured else { return simple(code.rawValue, cookie, output) }
        let words = Array(sentence.utf8.prefix(NBDLimits.maximumNameLength))
        chunk(.error, cookie, length: UInt32(6 + words.count), isLast: true, output)
        output.append(code.rawValue)
        output.append(UInt16(words.count))
        output.append(words)
    }

    func simple(_ error: UInt32, _ cookie: UInt64, _ output: StreamBuffer) {
        output.append(NBDMagic.simpleReply)
        output.append(error)
        output.append(cookie)
    }

    func chunk(_ kind: NBDChunk, _ cookie: UInt64, length: UInt32, isLast: Bool, _ output: StreamBuffer) {
        output.append(NBDMagic.structuredReply)
        output.append(isLast ? NBDChunk.done : 0)
        output.append(kind.rawValue)
        output.append(cookie)
        output.append(length)
    }

    /// Makes room for a reply, so that its parts are written without moving memory.
    func reserve(_ count: Int, _ output: StreamBuffer) { output.reserve(count + 64) }
}
