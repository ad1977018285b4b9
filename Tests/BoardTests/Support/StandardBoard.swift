// SPDX-License-Identifier: Apache-2.0
import Board

/// The configuration that the golden files are of: 4 GiB, one socket with two cores of two threads, everything there.
enum StandardBoard {
    static func configuration() throws -> BoardConfiguration {
        BoardConfiguration(
            map: try AddressMap(memoryByteCount: 4 << 30),
            topology: try ProcessorTopology(sockets: 1, cores: 2, threads: 2))
    }
}
