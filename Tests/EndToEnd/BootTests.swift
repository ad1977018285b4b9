// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    @Suite("Stock kernels")
    struct BootTests {
        /// A boot, and what the kernel must find.
        struct Boot: CustomTestStringConvertible {
            let scenario: Scenario
            let flavour: String
            let processors: Int
            let mebibytes: Int
            var testDescription: String { scenario.rawValue }
        }

        static let boots = [
            Boot(scenario: .cloudELF1, flavour: "cloud-amd64", processors: 1, mebibytes: 512),
            Boot(scenario: .cloudELF4, flavour: "cloud-amd64", processors: 4, mebibytes: 640),
            Boot(scenario: .cloudBzImage2, flavour: "cloud-amd64", processors: 2, mebibytes: 512),
            Boot(scenario: .genericELF2, flavour: "-amd64", processors: 2, mebibytes: 512),
            Boot(scenario: .shadowPaging, flavour: "cloud-amd64", processors: 2, mebibytes: 512),
            Boot(scenario: .sixteen, flavour: "cloud-amd64", processors: 16, mebibytes: 1024),
            Boot(scenario: .genericBzImage2, flavour: "-amd64", processors: 2, mebibytes: 512),
            Boot(scenario: .beyondTheHole, flavour: "cloud-amd64", processors: 2, mebibytes: 3584),
        ]

        @Test(
            "it boots, finds its processors, memory and clocks, complains of nothing and powers off",
            arguments: boots.filter { $0.scenario.isEnabled })
        func boots(_ boot: Boot) throws {
            let result = try boot.scenario.result()

            #expect(result.isOrderly, "\(result)")
            #expect(result.status() == 0, "\(result)")
            #expect(result.said("release ").first?.hasSuffix(boot.flavour) == true, "\(result)")
            #expect(result.said("processors ") == ["\(boot.processors)"], "\(result)")
            #expect(result.said("x2apic ") == ["\(boot.processors)"], "\(result)")
            #expect(result.said("clock ") == ["kvm-clock"], "\(result)")
            #expect(result.said("rtc ") == ["works"], "\(result)")
            let kibibytes = try #require(result.said("memory ").first.flatMap { Int($0) }, "\(result)")
            // What the kernel keeps for itself grows with the memory.
            #expect((boot.mebibytes * 1024 * 7 / 8...boot.mebibytes * 1024).contains(kibibytes), "\(result)")
            #expect(result.complaints == [], "\(result)")
        }

        @Test("sockets and threads are what was asked for", .of(.cloudELF4))
        func topology() throws {
            let result = try Scenario.cloudELF4.result()

            #expect(result.said("topology ") == ["0 0-1 ", "0 0-1 ", "1 2-3 ", "1 2-3 "], "\(result)")
        }

        @Test("without nested paging, too", .of(.shadowPaging))
        func isWithoutNestedPaging() throws {
            #expect(try ["N", "0"].contains(Scenario.shadowPaging.result()["npt"]))
        }
    }
}
