// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import MachineTesting
import Testing

@Suite("Qcow2 beside qemu-io")
struct DifferentialTests {
    /// The options of `qemu-img create` for a sequence.
    private static func options(_ random: inout SplitMix) -> (text: String, version: Int, isExtended: Bool) {
        let version = random.once(in: 4) ? 2 : 3
        let isExtended = version == 3 && random.once(in: 5)
        let bits = isExtended ? 14 + random.below(4) : 9 + random.below(9)
        var text = "compat=\(version == 2 ? "0.10" : "1.1"),cluster_size=\(1 << bits)"
        if version == 3 { text += ",refcount_bits=\(1 << random.below(7))" }
        if isExtended { text += ",extended_l2=on" }
        if version == 3, random.once(in: 4) { text += ",lazy_refcounts=on" }
        return (text, version, isExtended)
    }

    @Test(
        "the same random operations leave the same contents and a clean image",
        arguments: Proof.count(200, long: 10_000))
    func sequence(_ seed: Int) throws {
        let scratch = try Scratch()
        var random = SplitMix(seed: UInt64(seed) &* 7919 &+ 17)
        let (options, version, _) = Self.options(&random)
        let byteCount = (1 + random.below(4096)) * 512
        let base = random.once(in: 2) ? (1 + random.below(4096)) * 512 : 0
        if base > 0 {
            try scratch.tool("qemu-img", "create", "-q", "-f", "raw", "base", "\(base)")
            try scratch.tool("qemu-io", "-f", "raw", "-c", "write -q -P 0x77 0 \(base)", "base")
        }
        let arguments = base > 0 ? ["-F", "raw", "-b", "base"] : []
        for name in ["theirs", "ours"] {
            _ = try scratch.run(
                ["qemu-img", "create", "-q", "-f", "qcow2", "-o", options] + arguments + [name, "\(byteCount)"])
        }
        let context = "seed \(seed), \(options), \(byteCount) bytes over \(base)"
        let operations = (0..<60).map { _ in
            RandomOperation.random(&random, byteCount: byteCount, discards: base == 0 && version == 3)
        }
        _ = try scratch.run(
            ["qemu-io", "-d", "unmap", "-f", "qcow2"] + operations.flatMap { ["-c", $0.command] } + ["theirs"])
        try perform(operations, scratch, base: base, context)
        try scratch.checkClean("ours", context)
        let answer = try scratch.run(["qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", "theirs", "ours"])
        if answer.status != 0 { Issue.record("\(context): \(answer.output)") }
        let report = try scratch.image("theirs", isReadOnly: true, backing: try backing(scratch, base)).check()
        if !report.isClean { Issue.record("\(context): \(report.messages)") }
    }

    private func backing(_ scratch: Scratch, _ base: Int) throws -> FileNode? {
        base > 0 ? try scratch.node("base", isReadOnly: true) : nil
    }

    private func perform(_ operations: [RandomOperation], _ scratch: Scratch, base: Int, _ context: String) throws {
        var image = try scratch.image("ours", backing: try backing(scratch, base))
        var bytes = [UInt8](repeating: 0, count: Int(image.byteCount))
        for index in 0..<min(base, bytes.count) { bytes[index] = 0x77 }
        var isComparable = true
        for (number, operation) in operations.enumerated() {
            try operation.perform(on: image)
            operation.perform(on: &bytes)
            if case .discard = operation { isComparable = false }
            if number % 20 == 19 {
                try image.close()
                image = try scratch.image("ours", backing: try backing(scratch, base))
            }
        }
        if isComparable, try image.bytes(at: 0, count: bytes.count) != bytes {
            Issue.record("\(context): the contents are not what was written")
        }
        try image.close()
    }
}
