// SPDX-License-Identifier: Apache-2.0

/// The fields of a reply, one after the other.
package struct NinePFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    package var isAtEnd: Bool { rest.isEmpty }
    var count: Int { rest.count }

    package mutating func bytes(_ count: Int) throws -> [UInt8] {
        guard rest.count >= count else { throw NinePRefusal(0) }
        defer { rest = rest.dropFirst(count) }
        return [UInt8](rest.prefix(count))
    }

    package mutating func integer(_ count: Int) throws -> UInt64 {
        try bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package mutating func text() throws -> [UInt8] {
        try bytes(Int(try integer(2)))
    }
}
