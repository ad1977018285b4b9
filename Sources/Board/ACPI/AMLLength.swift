// SPDX-License-Identifier: Apache-2.0

/// The length that stands before the contents of a package, a scope or a device (ACPI 6.4 §20.2.4).
package enum AMLLength {
    /// The largest length that four bytes express.
    private static let limit = 1 << 28

    /// `contents` behind its length, which counts its own bytes as well.
    package static func prefixed(_ contents: [UInt8]) -> [UInt8] {
        if contents.count + 1 < 1 << 6 { return [UInt8(contents.count + 1)] + contents }
        var extra = 1
        while contents.count + 1 + extra >= 1 << (4 + 8 * extra) { extra += 1 }
        let length = contents.count + 1 + extra
        precondition(length < limit && extra <= 3, "AML lengths have 28 bits")
        var bytes = [UInt8(extra << 6 | length & 0xf)]
        for index in 0..<extra { bytes.append(UInt8(truncatingIfNeeded: length >> (4 + 8 * index))) }
        return bytes + contents
    }
}
