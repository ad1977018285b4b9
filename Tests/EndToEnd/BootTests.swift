// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    @Suite("Stock kernels")
    struct BootTests {
        @Test("the cloud kernel's ELF file, with one processor", .of(.cloudELF1))
        func cloudELF1() throws { try boots(.cloudELF1, processors: 1, mebibytes: 512) }

        @Test("the cloud kernel's ELF file, with four processors in two sockets", .of(.cloudELF4))
        func cloudELF4() throws { try boots(.cloudELF4, processors: 4, mebibytes: 640) }

        @Test("the cloud kernel's bzImage", .of(.cloudBzImage2))
        func cloudBzImage2() throws { try boots(.cloudBzImage2, processors: 2, mebibytes: 512) }

        @Test("the generic kernel's ELF file", .of(.genericELF2))
        func genericELF2() throws { try boots(.genericELF2, flavour: "-amd64", processors: 2, mebibytes: 512) }

        @Test("the generic kernel's bzImage", .of(.genericBzImage2))
        func genericBzImage2() throws { try boots(.genericBzImage2, flavour: "-amd64", processors: 2, mebibytes: 512) }

        @Test("with shadow paging", .of(.shadowPaging))
        func shadowPaging() throws { try boots(.shadowPaging, processors: 2, mebibytes: 512) }

        @Test("with sixteen processors", .of(.sixteen))
        func sixteen() throws { try boots(.sixteen, processors: 16, mebibytes: 1024) }

        @Test("with memory on both sides of the hole", .of(.beyondTheHole))
        func beyondTheHole() throws { try boots(.beyondTheHole, processors: 2, mebibytes: 3584) }

        /// It finds its processors, memory and clocks, complains of nothing and powers off.
        private func boots(
            _ scenario: Scenario, flavour: String = "cloud-amd64", processors: Int, mebibytes: Int
        ) throws {
            let result = try scenario.result()

            #expect(result.isOrderly, "\(result)")
            #expect(result.status() == 0, "\(result)")
            #expect(result.said("release ").first?.hasSuffix(flavour) == true, "\(result)")
            #expect(result.said("processors ") == ["\(processors)"], "\(result)")
            #expect(result.said("x2apic ") == ["\(processors)"], "\(result)")
            #expect(result.said("clock ") == ["kvm-clock"], "\(result)")
            #expect(result.said("rtc ") == ["works"], "\(result)")
            let kibibytes = try #require(result.said("memory ").first.flatMap { Int($0) }, "\(result)")
            // What the kernel keeps for itself grows with the memory.
            #expect((mebibytes * 1024 * 7 / 8...mebibytes * 1024).contains(kibibytes), "\(result)")
            #expect(result.complaints == [], "\(result)")
        }

        // The lab's processor has none of AMD's leaves about threads, so a guest there sees cores alone.
        @Test("the sockets are what was asked for", .of(.cloudELF4))
        func topology() throws {
            let result = try Scenario.cloudELF4.result()

            #expect(result.said("topology ") == ["0 0 ", "0 1 ", "1 2 ", "1 3 "], "\(result)")
        }

        @Test("without nested paging, too", .of(.shadowPaging))
        func isWithoutNestedPaging() throws {
            #expect(try ["N", "0"].contains(Scenario.shadowPaging.result()["npt"]))
        }
    }
}
