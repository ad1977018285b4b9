// SPDX-License-Identifier: Apache-2.0

/// The three feature masks of a header of version 3 (qcow2 specification, "Header").
package struct Qcow2Features: Equatable, Sendable {
    /// Who does not know a bit of these must not open the image.
    package struct Incompatible: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        package static let dirty = Incompatible(rawValue: 1 << 0)
        package static let corrupt = Incompatible(rawValue: 1 << 1)
        package static let externalDataFile = Incompatible(rawValue: 1 << 2)
        package static let compressionType = Incompatible(rawValue: 1 << 3)
        package static let extendedEntries = Incompatible(rawValue: 1 << 4)
        static let known: Incompatible = [.dirty, .corrupt, .externalDataFile, .compressionType, .extendedEntries]
    }

    /// Who does not know a bit of these may ignore it.
    package struct Compatible: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        package static let lazyRefcounts = Compatible(rawValue: 1 << 0)
    }

    /// Who does not know a bit of these clears it before writing.
    package struct Autoclear: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        package static let bitmaps = Autoclear(rawValue: 1 << 0)
        package static let rawExternalData = Autoclear(rawValue: 1 << 1)
        static let known: Autoclear = [.bitmaps, .rawExternalData]
    }

    package var incompatible: Incompatible = []
    package var compatible: Compatible = []
    package var autoclear: Autoclear = []

    /// What the feature name table of a new image says: kind, bit, name.
    static let names: [(kind: UInt8, bit: UInt8, name: String)] = [
        (0, 0, "dirty bit"), (0, 1, "corrupt bit"), (0, 2, "external data file"), (0, 3, "compression type"),
        (0, 4, "extended L2 entries"), (1, 0, "lazy refcounts"), (2, 0, "bitmaps"), (2, 1, "raw external data"),
    ]
}
