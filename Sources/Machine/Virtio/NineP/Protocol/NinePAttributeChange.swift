// SPDX-License-Identifier: Apache-2.0

/// What Tsetattr asks for; `valid` says which fields count.
struct NinePAttributeChange: Equatable, Sendable {
    /// Which fields count (9P2000.L, `P9_SETATTR_*`).
    struct Fields: OptionSet, Equatable, Sendable {
        let rawValue: UInt32
        static let mode = Fields(rawValue: 0x1)
        static let user = Fields(rawValue: 0x2)
        static let group = Fields(rawValue: 0x4)
        static let size = Fields(rawValue: 0x8)
        static let access = Fields(rawValue: 0x10)
        static let modification = Fields(rawValue: 0x20)
        static let change = Fields(rawValue: 0x40)
        static let accessGiven = Fields(rawValue: 0x80)
        static let modificationGiven = Fields(rawValue: 0x100)
    }

    var valid: Fields
    var mode: UInt32
    var user: UInt32
    var group: UInt32
    var byteCount: UInt64
    var access: NinePMoment
    var modification: NinePMoment
}
