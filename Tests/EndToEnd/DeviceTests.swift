// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    /// One machine with every device; each test looks at one of them.
    @Suite("Devices", .of(.devices))
    struct DeviceTests {
        let result: ScenarioResult

        init() throws {
            result = try Scenario.devices.result()
            try #require(result.status() == 0 && result.isOrderly, "\(result)")
        }

        @Test("the kernel has no complaint, and each device works with its features")
        func features() {
            // Bits of virtio 1.2 that must have been agreed on, by the device's type.
            let expected: [(type: String, bits: [Int])] = [
                ("0x0002", [6, 9, 10, 12, 13, 14]), ("0x0001", [0, 1, 5, 7, 8, 11, 12, 15]), ("0x0003", [1]),
                ("0x0004", []),
            ]

            #expect(result.complaints == [], "\(result)")
            for (type, bits) in expected {
                let found = result.said("guest: virtio \(type) ").first.map(Array.init) ?? []
                let missing = (bits + [28, 29, 32]).filter { !found.indices.contains($0) || found[$0] != "1" }
                #expect(missing == [], "device type \(type): \(String(found))")
            }
        }

        @Test("the disk has its serial number, size and limits, and the kernel picks no elevator for it")
        func diskProperties() {
            #expect(result.said("guest: serial ") == ["APUS-DATA-0001"])
            #expect(result.said("guest: sectors ") == ["32776"])
            #expect(result.said("guest: scheduler ").first?.contains("[none]") == true, "\(result)")
            #expect(result.said("guest: sizes ") == ["512 4096 1048576 1280"], "\(result)")
            #expect(result.said("guest: cache ") == ["write back"])
            #expect(result.said("guest: queues ") == ["2 1"], "a queue for each processor, or as many as asked for")
        }

        @Test("what the guest writes is on the host's disk, at its place and nowhere else")
        func diskWrites() {
            for done in ["wrote", "wrote by the cache", "read back", "wrote the end", "refused past the end"] {
                #expect(result.console.contains("guest: \(done)"), "\(result)")
            }
            #expect(result["written"] == "same")
            #expect(result["written.cache"] == "same")
            let sums = result["tail.sum"].split(separator: "\n")
            #expect(sums.count == 2 && sums.first == sums.last, "the last sectors")
            #expect(result["untouched"] == "0")
        }

        @Test("zeroes and discarded ranges read as zeroes, and take no room")
        func diskZeroes() throws {
            #expect(result.console.contains("guest: zeroed"), "\(result)")
            #expect(result.console.contains("guest: discarded"), "\(result)")
            #expect(result["zeroed"] == "0")
            #expect(result["discarded"] == "0")
            let blocks = try #require(result["blocks"].split(separator: " ").first.flatMap { Int($0) })
            // A file of many pieces has blocks of the file system's own beside its data.
            let own = 64 << 10
            #expect(blocks * 512 <= 16_781_312 - 4 << 20 + own, "\(blocks) blocks of 512 bytes")
        }

        @Test("a read-only disk is read and refuses writes")
        func readOnlyDisk() {
            #expect(result.said("guest: fixed ") == ["1 keep me"], "\(result)")
            #expect(result.console.contains("guest: read-only disk refuses"), "\(result)")
            #expect(result["fixed"] == "keep me")
        }

        @Test("data goes both ways over a TAP, in frames larger than the line's")
        func network() throws {
            #expect(result.said("guest: address ") == ["52:54:00:12:34:56 1500"])
            #expect(result.said("guest: down ").first?.prefix(32) == result["down.sum"][...], "\(result)")
            #expect(result.said("guest: up ").first?.prefix(32) == result["up.sum"][...], "\(result)")
            let down = result["tap.down"].split(separator: "\n").compactMap { Int($0) }
            let up = result["tap.up"].split(separator: "\n").compactMap { Int($0) }
            try #require(down.count == 4 && up.count == 4 && down[2] > 0 && up[0] > down[0])
            #expect(down[3] / down[2] > 1600, "bytes in a frame to the guest, \(down)")
            #expect((up[1] - down[1]) / (up[0] - down[0]) > 1600, "bytes in a frame from the guest, \(down), \(up)")
        }

        @Test("random bytes come from the host")
        func entropy() throws {
            #expect(result.said("guest: rng ") == ["virtio_rng.0"])
            // 512 random bytes have some 221 different values; fewer than 150 has no chance at all.
            let values = try #require(result.said("guest: random ").first.flatMap { Int($0) })
            #expect(values > 150)
        }

        @Test("named ports carry lines both ways, one client after the other")
        func channels() {
            #expect(result.said("guest: port ") == ["org.qemu.guest_agent.0", "org.apus.second"])
            let names = ["second.sock", "agent.sock", "second.sock"]
            #expect(
                result["answers"].split(separator: "\n").map(String.init)
                    == names.map { "answer to question for \($0)" }, "\(result)")
        }

        @Test("every thread is named, and filtered in kill mode")
        func threads() {
            let lines = result["threads"].split(separator: "\n").map { $0.split(separator: " ") }
            // Workers of io_uring are the kernel's; they take the filter over.
            let names = lines.compactMap(\.first).filter { !$0.hasPrefix("iou-") }
            #expect(names == ["apus-vmm", "blk0", "blk1", "con0", "net0", "rng0", "vcpu0", "vcpu1"])
            for line in lines { #expect(line.dropFirst() == ["seccomp=2", "no_new_privs=1"], "\(line)") }
        }

        @Test("the process holds no file but those it was handed")
        func descriptors() {
            let held = result["descriptors"].split(separator: "\n").map(String.init)
            let expected = [
                "anon_inode:kvm-vm", "anon_inode:kvm-vcpu:0", "anon_inode:kvm-vcpu:1", "/dev/net/tun",
                "/scratch/data.img", "/scratch/fixed.img",
            ]
            #expect(expected.filter { !held.contains($0) } == [], "what it must hold")
            let paths = held.filter { $0.hasPrefix("/") }
            #expect(!paths.contains { $0.hasSuffix(".sock") || $0.hasPrefix("/proc") || $0.hasPrefix("/etc") })
            #expect(paths.count <= 10, "\(paths)")
        }
    }
}
