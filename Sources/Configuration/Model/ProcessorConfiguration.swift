// SPDX-License-Identifier: Apache-2.0

/// The machine's vCPUs.
package struct ProcessorConfiguration: Equatable, Sendable {
    /// How many vCPUs a machine may have.
    package static let allowedCounts = 1...255

    /// Number of vCPUs.
    package var count: Int
    /// The arrangement asked for, or `nil` for one socket of single-threaded cores.
    package var topology: ProcessorTopology?

    /// Makes a set of `count` vCPUs, arranged as `topology` says.
    package init(count: Int = 1, topology: ProcessorTopology? = nil) {
        self.count = count
        self.topology = topology
    }

    /// The arrangement that the guest sees.
    package var effectiveTopology: ProcessorTopology {
        topology ?? ProcessorTopology(sockets: 1, cores: count, threads: 1)
    }
}
