// SPDX-License-Identifier: Apache-2.0

/// The requests of the transmission phase ("NBD protocol", "Request types").
package enum NBDCommand: UInt16, Sendable, CaseIterable {
    case read = 0
    case write = 1
    case disconnect = 2
    case flush = 3
    case trim = 4
    case cache = 5
    case writeZeroes = 6
    case blockStatus = 7

    /// The flags that it may carry.
    var allowedFlags: NBDCommandFlags {
        switch self {
        case .read: .dontFragment
        case .write, .trim: .forceUnitAccess
        case .writeZeroes: [.forceUnitAccess, .noHole, .fastZero]
        case .blockStatus: .requestOne
        case .disconnect, .flush, .cache: []
        }
    }

    var changesContents: Bool { self == .write || self == .trim || self == .writeZeroes }
}
