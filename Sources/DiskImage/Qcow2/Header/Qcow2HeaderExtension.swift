// SPDX-License-Identifier: Apache-2.0

/// A section after the header (qcow2 specification, "Header extensions"). Its bytes are kept as they are.
package struct Qcow2HeaderExtension: Equatable, Sendable {
    package enum Kind {
        package static let end: UInt32 = 0
        package static let backingFormat: UInt32 = 0xE279_2ACA
        package static let featureNames: UInt32 = 0x6803_F857
        package static let bitmaps: UInt32 = 0x2385_2875
        package static let encryption: UInt32 = 0x0537_BE77
        package static let dataFile: UInt32 = 0x4441_5441
    }

    package var kind: UInt32
    package var bytes: [UInt8]

    package init(kind: UInt32, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    /// What it takes in the header, padded to a multiple of 8.
    var encodedByteCount: Int { 8 + (bytes.count + 7) & ~7 }

    /// The table that names every feature this engine knows.
    static var featureNames: Qcow2HeaderExtension {
        var bytes: [UInt8] = []
        for feature in Qcow2Features.names {
            bytes += [feature.kind, feature.bit]
            let name = Array(feature.name.utf8)
            bytes += name + [UInt8](repeating: 0, count: 46 - name.count)
        }
        return Qcow2HeaderExtension(kind: Kind.featureNames, bytes: bytes)
    }
}
