// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// One component of a path, as the guest names it: 1 to 255 bytes, no slash, no NUL, neither `.` nor `..`.
package struct NinePName: Equatable, Sendable {
    package static let maximumByteCount = 255

    package let bytes: [UInt8]

    /// - Throws: `ENAMETOOLONG`, or `EINVAL` for what can be no name of a file in a directory.
    package init(_ bytes: [UInt8]) throws(NinePError) {
        guard bytes.count <= Self.maximumByteCount else { throw NinePError(ENAMETOOLONG) }
        guard !bytes.isEmpty, !bytes.contains(0), !bytes.contains(UInt8(ascii: "/")), !Self.isDots(bytes) else {
            throw NinePError(EINVAL)
        }
        self.bytes = bytes
    }

    private static func isDots(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
    }
}
