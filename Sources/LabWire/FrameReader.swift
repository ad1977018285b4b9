// SPDX-License-Identifier: Apache-2.0

/// Cuts a byte stream into frames: a kind (1 byte), a length (4 bytes, little-endian) and that many bytes.
package struct FrameReader: Sendable {
    /// The longest frame; a command line and its environment are far below.
    package static let maximumByteCount = 4 << 20

    private var pending: [UInt8] = []

    package init() {}

    package mutating func append(_ bytes: [UInt8]) {
        pending += bytes
    }

    /// The next frame that has come whole.
    package mutating func next() throws(WireError) -> (kind: UInt8, payload: [UInt8])? {
        guard pending.count >= 5 else { return nil }
        let count = (0..<4).reduce(0) { $0 | Int(pending[1 + $1]) << (8 * $1) }
        guard count <= Self.maximumByteCount else { throw .tooLong(count) }
        guard pending.count >= 5 + count else { return nil }
        let frame = (kind: pending[0], payload: Array(pending[5..<5 + count]))
        pending.removeFirst(5 + count)
        return frame
    }

    /// A frame's bytes.
    package static func frame(kind: UInt8, payload: [UInt8]) -> [UInt8] {
        [kind] + (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) } + payload
    }
}
