// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    /// A folder that virtiofsd shares with a stock guest.
    @Suite("virtio-fs", .of(.virtioFS))
    struct FileSystemTests {
        let result: ScenarioResult

        init() throws { result = try Scenario.virtioFS.result() }

        @Test("the machine runs to its end, without its server too")
        func ends() {
            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result.complaints == [], "\(result)")
            #expect(result.said("guest: alive").count == 1, "\(result)")
            #expect(result["errors"].contains("the share work is down: virtiofsd ended with exit status"))
        }

        @Test("the guest reads the host's files")
        func reads() {
            #expect(result.said("guest: read ") == ["from the host"], "\(result)")
            #expect(result.said("guest: sum ").first == result["large.sum"], "\(result)")
        }

        @Test("the host sees what the guest writes, and the guest what the host changes")
        func writes() {
            #expect(result["copy"] == "same", "\(result)")
            #expect(result["word"] == "640 15")
            #expect(result.said("guest: changed ") == ["changed by the host /shared/new"], "\(result)")
            #expect(result["listing"].split(separator: "\n") == ["moved", "word"])
            #expect(result.said("guest: mounted again ") == ["from the guest"], "\(result)")
        }

        @Test("a pause in the middle of a copy loses nothing")
        func pauses() {
            #expect(result["pause.out"].contains(#""status": "paused""#), "\(result["pause.out"])")
            #expect(result.said("guest: sum again ") == [result["large.sum"]], "\(result)")
        }

        @Test("the device has a thread of its own")
        func threads() { #expect(result["threads"].contains("fs0")) }
    }
}
