// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    @Suite("Shared directories")
    struct ShareTests {
        @Test("two are mounted, written, read, and lead nowhere else", .of(.share))
        func share() throws {
            let result = try Scenario.share.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            for said in [
                "mounted rw", "mounted ro", "no such tag", "host from the host", "read-only share refuses",
                "link leads nowhere", "link the guest's own", "squashed 0", "then later", "unmounted",
            ] {
                #expect(result.console.contains("guest: \(said)"), "\(said): \(result)")
            }
            #expect(result.said("guest: sum ").first?.prefix(32) == result["sum"][...], "\(result)")
            #expect(result.said("guest: copied ").first?.prefix(32) == result["sum"][...], "\(result)")
            #expect(result["seen"] == "from the guest")
            #expect(result["owner"] == "0:0")
            #expect(result["canary"] == "nobody in the guest may read this")
            #expect(result["threads"] == "9p0 Seccomp:2\n9p1 Seccomp:2")
            #expect(
                result.complaints == ["9pnet_virtio: no channels available for device nothing"], "\(result)")
        }

        @Test("a Debian runs from one with the host's owners", .of(.shareRootPassthrough))
        func passthrough() throws {
            let result = try Scenario.shareRootPassthrough.result()

            try runs(result)
            let files = result["host.files"].split(separator: "\n").map(String.init)
            #expect(
                files == [
                    "/srv/file 1000:2000 4755 regular file", "/srv/copy 1000:2000 4755 regular file",
                    "/srv/symbolic 0:4321 777 symbolic link", "/srv/null 0:4321 644 character special file",
                    "/srv/pipe 0:4321 640 fifo",
                ], "\(result)")
        }

        @Test("a Debian runs from one whose owners are in attributes", .of(.shareRootMapped))
        func mapped() throws {
            let result = try Scenario.shareRootMapped.result()

            try runs(result)
            let files = result["host.files"].split(separator: "\n").map(String.init)
            #expect(files.count == 5, "\(result)")
            #expect(files.allSatisfy { $0.contains(" 0:0 600 regular ") }, "\(result)")
        }

        @Test("its systemd comes up to a login", .of(.shareRootSystemd))
        func systemd() throws {
            let result = try Scenario.shareRootSystemd.result()

            #expect(result.isOrderly, "\(result)")
            #expect(result.console.contains { $0.hasPrefix("apus-share login:") }, "\(result)")
        }

        /// Everything that the probe does in the Debian has come out as on any file system.
        private func runs(_ result: ScenarioResult) throws {
            #expect(result.isOrderly && result.status() == 0, "\(result)")
            for said in [
                "system debian", "type 9p", "owners 1234:4321 2750 0:42 640 0:0 4755 ",
                "link usr/bin symbolic link", "made 1000:2000 4755 6", "copied 1000:2000 4755",
                "symbolic file hello", "hard 2 hello", "pipe fifo 640 through", "node character special file 1,3",
                "device works", "moved deep 0", "unlinked kept", "grown 100000",
                "numbers e071f707df7bbeee2a6a1eb48011ddd0", "entries 301", "nobody may not read", "removed", "end",
            ] {
                #expect(result.console.contains("root: \(said)"), "\(said): \(result)")
            }
        }
    }
}
