// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    @Suite("What the host gives a machine")
    struct ResourceTests {
        @Test("without io_uring disks use Linux AIO, and say so", .of(.asynchronousIO))
        func asynchronousIO() throws {
            let result = try Scenario.asynchronousIO.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result["errors"].contains("this host denies io_uring: disks use Linux AIO"), "\(result)")
            for done in ["wrote", "read back", "zeroed", "discarded"] {
                #expect(result.console.contains("guest: \(done)"), "\(result)")
            }
            #expect(result.said("guest: sum ").first?.prefix(32) == result["sum"][...], "\(result)")
            #expect(result["zeroed"] == "0")
            #expect(result["discarded"] == "0")
            #expect(result.complaints == [], "\(result)")
        }

        @Test("a network for a user without rights gives an address and reaches the host", .of(.userNetwork))
        func userNetwork() throws {
            let result = try Scenario.userNetwork.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result.said("guest: lease ") == ["198.51.100.2 via 198.51.100.1"], "\(result)")
            #expect(result.said("guest: sum ").first?.prefix(32) == result["sum"][...], "\(result)")
            #expect(result.complaints == [], "\(result)")
        }

        @Test("huge pages are used where there are enough, and refused where not", .of(.hugePages))
        func hugePages() throws {
            let result = try Scenario.hugePages.result()

            #expect(result.isOrderly, "\(result)")
            #expect(result.status("refusal.status") == 69, "\(result["refusal.errors"])")
            #expect(result["refusal.errors"].contains("0 free huge pages of 2 MiB, and the machine needs 128"))
            #expect(result.status() == 75, "\(result)")
            let use = result["use"].split(separator: "\n").map { $0.split(separator: " ") }
            let inUse = use.first { $0.first == "Private_Hugetlb:" }.flatMap { Int($0[1]) } ?? 0
            #expect(inUse > 0, "\(result["use"])")
        }

        @Test("too little memory is refused with the figures", .of(.tinyMemory))
        func tinyMemory() throws {
            let result = try Scenario.tinyMemory.result()

            #expect(result.isOrderly, "\(result)")
            #expect(result.status("least.status") == 64, "\(result["least.errors"])")
            #expect(result["least.errors"].contains("use at least 32 MiB"), "\(result["least.errors"])")
            #expect(result.status() == 65, "\(result)")
            #expect(result["errors"].contains("the machine has 32 MiB"), "\(result)")
        }

        @Test("equal pages of two machines are shared when they may be", .of(.sharedPages))
        func sharedPages() throws {
            let result = try Scenario.sharedPages.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect((Int(result["sharing"]) ?? 0) > 10_000, "\(result["sharing"]) pages are shared")
            #expect(result["unmergeable"] == "0")
        }
    }
}
