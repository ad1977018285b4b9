// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Processor topology")
struct ProcessorTopologyTests {
    @Test("every arrangement gives each processor its own APIC id, within the fields it claims")
    func identifiers() throws {
        for sockets in [1, 2, 3, 5, 8] {
            for cores in [1, 2, 3, 6, 16] {
                for threads in [1, 2, 3, 4] {
                    let topology = try ProcessorTopology(sockets: sockets, cores: cores, threads: threads)
                    let identifiers = (0..<topology.processorCount).map { topology.apicID(of: $0) }

                    #expect(Set(identifiers).count == sockets * cores * threads)
                    #expect(identifiers == identifiers.sorted())
                    #expect(Set(identifiers.map { $0 >> UInt32(topology.coreShift) }).count == sockets * cores)
                    #expect(Set(identifiers.map { $0 >> UInt32(topology.socketShift) }).count == sockets)
                }
            }
        }
    }

    @Test("ids of 255 and more need x2APIC")
    func x2APIC() throws {
        #expect(try !ProcessorTopology(processorCount: 255).needsX2APIC)
        #expect(try ProcessorTopology(processorCount: 256).needsX2APIC)
        #expect(try ProcessorTopology(sockets: 1, cores: 65, threads: 3).needsX2APIC)
    }

    @Test("counts that are not positive, too large or overflow are refused")
    func refused() {
        #expect(throws: ProcessorTopologyError.empty(sockets: 1, cores: 0, threads: 1)) {
            try ProcessorTopology(processorCount: 0)
        }
        for count in [1025, Int.max] {
            #expect(throws: ProcessorTopologyError.self) { try ProcessorTopology(processorCount: count) }
        }
        #expect(throws: ProcessorTopologyError.self) {
            try ProcessorTopology(sockets: .max, cores: .max, threads: .max)
        }
    }
}
