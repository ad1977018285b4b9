// SPDX-License-Identifier: Apache-2.0

/// A message as it is put together: size, type and tag in front.
package struct NinePWriter {
    /// Bytes of size, type and tag.
    package static let headerByteCount = 7

    private var bytes: [UInt8]

    package init(type: UInt8, tag: UInt16) {
        bytes = [0, 0, 0, 0, type]
        append(tag)
    }

    /// How many bytes the message has so far.
    var count: Int { bytes.count }

    package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        for index in 0..<Value.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    /// A text, with its length in front; what is beyond 65535 bytes is left out.
    package mutating func append(text: [UInt8]) {
        let shown = text.prefix(Int(UInt16.max))
        append(UInt16(shown.count))
        bytes += shown
    }

    package mutating func append(_ qid: NinePQid) {
        append(qid.type)
        append(qid.version)
        append(qid.path)
    }

    package mutating func append(raw: [UInt8]) { bytes += raw }

    mutating func append(_ moment: NinePMoment) {
        append(UInt64(bitPattern: moment.seconds))
        append(UInt64(moment.nanoseconds))
    }

    /// The message, with its size filled in.
    ///
    /// - Parameter extra: Bytes that follow and are not part of what was put together.
    package func message(extra: Int = 0) -> [UInt8] {
        var result = bytes
        let size = UInt32(truncatingIfNeeded: bytes.count + extra)
        for index in 0..<4 { result[index] = UInt8(truncatingIfNeeded: size >> (8 * UInt32(index))) }
        return result
    }
}
