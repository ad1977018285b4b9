// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import MachineTesting
import Testing

@Suite("Checking and repairing qcow2 images")
struct RepairTests {
    private static func good(_ scratch: Scratch) throws -> [UInt8] {
        var options = Qcow2CreateOptions(byteCount: 2 << 20)
        options.clusterSize = 4096
        let image = try scratch.create("image", options)
        try image.write([UInt8](repeating: 3, count: 500_000), at: 10_000)
        try image.close()
        return try image.bytes(at: 0, count: 2 << 20)
    }

    @Test(
        "errors and leaks are counted as qemu-img counts them, and repaired so that both find nothing",
        arguments: 0..<20)
    func refcounts(_ seed: Int) throws {
        let scratch = try Scratch()
        let contents = try Self.good(scratch)
        var random = SplitMix(seed: UInt64(seed))
        let node = try scratch.node("image")
        let isLeak = seed % 4 == 0
        if isLeak { try node.resize(to: 2 << 20) }
        for _ in 0..<1 + random.below(8) {
            let cluster = UInt64(isLeak ? 200 + random.below(100) : 3 + random.below(200))
            // The first refcount block is the third cluster; a count has two bytes.
            try node.write([0, UInt8(isLeak ? 1 : random.below(4))], at: 8192 + cluster * 2)
        }
        let theirs = try scratch.json("qemu-img", "check", "--output=json", "image")
        let before = try scratch.image("image", isReadOnly: true).check()
        #expect(before.corruptions == theirs["corruptions"] as? Int ?? 0, "\(before.messages)")
        #expect(before.leaks == theirs["leaks"] as? Int ?? 0, "\(before.messages)")
        let image = try scratch.image("image", repairing: true)
        let after = try image.check(repair: .all)
        #expect(after.isClean, "\(after.messages)")
        try image.close()
        try scratch.checkClean("image", "seed \(seed)")
        #expect(try scratch.image("image", isReadOnly: true).bytes(at: 0, count: contents.count) == contents)
    }

    @Test("without a refcount table or with a damaged one the image is made whole again")
    func rebuilding() throws {
        let scratch = try Scratch()
        let contents = try Self.good(scratch)
        let node = try scratch.node("image")
        try node.write([0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0], at: 4096)
        #expect(throws: BlockError.self) { _ = try scratch.image("image") }
        let image = try scratch.image("image", repairing: true)
        #expect(try image.check(repair: .all).isClean)
        try image.close()
        try scratch.checkClean("image")
        #expect(try scratch.image("image", isReadOnly: true).bytes(at: 0, count: contents.count) == contents)
    }

    @Test("leaks alone are repaired where only that was asked for, errors are left")
    func leaks() throws {
        let scratch = try Scratch()
        _ = try Self.good(scratch)
        let node = try scratch.node("image")
        try node.resize(to: 2 << 20)
        try node.write([0, 1], at: 8192 + 250 * 2)
        let image = try scratch.image("image", repairing: true)
        let report = try image.check(repair: .leaks)
        #expect(report.isClean && report.leaksFixed == 1)
        try scratch.checkClean("image")
    }
}
