// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    /// The standard guest on a disk of two qcow2 images.
    @Suite("An image chain", .of(.imageChain))
    struct ImageChainTests {
        let result: ScenarioResult

        init() throws {
            result = try Scenario.imageChain.result()
            try #require(result.isOrderly, "\(result)")
        }

        @Test("starts by the BIOS, runs and powers off")
        func starts() {
            #expect(result["console"].contains("apus-guest login:"), "\(result)")
            #expect(result.status("ping.status") == 0, "\(result["ping.err"])")
            #expect(result.status() == 0, "\(result)")
        }

        @Test("holds what the guest wrote, as QEMU's tools read it, without a flaw, and leaves the lower image alone")
        func holds() {
            #expect(result.status("write.status") == 0, "\(result["write.err"])")
            #expect(result["file.sum"] == result["write.out"])
            #expect(result.status("trim.status") == 0, "\(result["trim.err"])")
            #expect(result.status("check.status") == 0, "\(result["check.out"])")
            #expect(result["base.after"] == result["base.before"])
        }

        @Test("is refused to a second machine, and its lower image to a writer")
        func locks() {
            #expect(result.status("second.status") == 69)
            #expect(result["second.err"].contains("the disk is busy"), "\(result["second.err"])")
            #expect(result.status("base.status") != 0)
            #expect(result["base.err"].contains("lock"), "\(result["base.err"])")
        }

        @Test("has a thread of its own, under a filter as all are, and is named in the monitor")
        func threads() {
            let threads = result["threads"].split(separator: "\n")
            #expect(threads.contains("blk0.0 seccomp=2") && threads.contains("blk0.1 seccomp=2"), "\(threads)")
            #expect(threads.allSatisfy { $0.hasSuffix("seccomp=2") }, "\(threads)")
            #expect(result["block"].contains("\"qcow2\""), "\(result["block"])")
        }
    }
}
