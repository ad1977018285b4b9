// SPDX-License-Identifier: Apache-2.0

/// One step of a walk.
enum NinePStep: Equatable, Sendable {
    case parent
    case name(NinePName)

    /// Reads a component of a walk.
    init(_ bytes: [UInt8]) throws(NinePError) {
        if bytes == [UInt8(ascii: "."), UInt8(ascii: ".")] {
            self = .parent
        } else {
            self = .name(try NinePName(bytes))
        }
    }
}
