// SPDX-License-Identifier: Apache-2.0

/// A statement of AML: the ones that the board's tables consist of (ACPI 6.4 §20.2.5).
package indirect enum AMLTerm {
    /// Terms that belong under a name that exists, from the root.
    case scope(AMLName, [AMLTerm])
    case device(AMLName, [AMLTerm])
    case name(AMLName, AMLValue)

    /// The term's encoding.
    package var bytes: [UInt8] {
        switch self {
        case .scope(let name, let terms):
            [0x10] + AMLLength.prefixed([0x5c] + name.bytes + terms.flatMap(\.bytes))
        case .device(let name, let terms):
            [0x5b, 0x82] + AMLLength.prefixed(name.bytes + terms.flatMap(\.bytes))
        case .name(let name, let value):
            [0x08] + name.bytes + value.bytes
        }
    }
}
