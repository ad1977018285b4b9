// SPDX-License-Identifier: Apache-2.0

/// An arrangement of processors that the board cannot offer.
package enum ProcessorTopologyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A count is not positive.
    case empty(sockets: Int, cores: Int, threads: Int)
    /// The product of the counts is above `limit`.
    case tooMany(sockets: Int, cores: Int, threads: Int, limit: Int)

    package var description: String {
        switch self {
        case .empty(let sockets, let cores, let threads):
            "the machine has \(sockets) sockets with \(cores) cores of \(threads) threads; give at least one of each"
        case .tooMany(let sockets, let cores, let threads, let limit):
            "the machine has \(sockets) sockets with \(cores) cores of \(threads) threads; "
                + "it can have \(limit) processors in all"
        }
    }
}
