// SPDX-License-Identifier: Apache-2.0

/// How the machine's processors are arranged, and which APIC id each has.
///
/// An APIC id is a field for the thread, one for the core and one for the socket, each as wide as its largest number
/// needs: ids have gaps where a count is no power of two.
package struct ProcessorTopology: Equatable, Sendable {
    /// The most processors that the board has room for.
    package static let processorLimit = 1024

    package let sockets: Int
    /// The cores of a socket.
    package let cores: Int
    /// The threads of a core.
    package let threads: Int

    /// Throws unless all counts are positive and their product is `processorLimit` at most.
    package init(sockets: Int, cores: Int, threads: Int) throws(ProcessorTopologyError) {
        guard sockets > 0, cores > 0, threads > 0 else {
            throw .empty(sockets: sockets, cores: cores, threads: threads)
        }
        let (perSocket, firstOverflow) = cores.multipliedReportingOverflow(by: threads)
        let (count, secondOverflow) = perSocket.multipliedReportingOverflow(by: sockets)
        guard !firstOverflow, !secondOverflow, count <= Self.processorLimit else {
            throw .tooMany(sockets: sockets, cores: cores, threads: threads, limit: Self.processorLimit)
        }
        self.sockets = sockets
        self.cores = cores
        self.threads = threads
    }

    /// One socket with `processorCount` cores of one thread.
    package init(processorCount: Int) throws(ProcessorTopologyError) {
        try self.init(sockets: 1, cores: processorCount, threads: 1)
    }

    /// The number of processors (threads).
    package var processorCount: Int { sockets * cores * threads }

    /// The number of processors of a socket.
    package var processorsPerSocket: Int { cores * threads }

    /// The bits of an APIC id that number the thread.
    package var coreShift: Int { Self.bits(for: threads) }

    /// The bits of an APIC id that number the thread and the core.
    package var socketShift: Int { coreShift + Self.bits(for: cores) }

    /// The APIC id of a processor, 0 to `processorCount - 1`; neighbours share a core, then a socket.
    package func apicID(of processor: Int) -> UInt32 {
        precondition(0..<processorCount ~= processor, "a processor is below the count")
        let thread = processor % threads
        let core = processor / threads % cores
        let socket = processor / processorsPerSocket
        return UInt32(thread | core << coreShift | socket << socketShift)
    }

    /// Whether an APIC id needs more than the 8 bits of xAPIC, in which 255 addresses all processors.
    package var needsX2APIC: Bool { apicID(of: processorCount - 1) >= 255 }

    private static func bits(for count: Int) -> Int {
        Int.bitWidth - (count - 1).leadingZeroBitCount
    }
}
