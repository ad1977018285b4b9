// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import Testing

@Suite("New qcow2 images, as QEMU's tools see them")
struct CreationTests {
    struct Kind: CustomTestStringConvertible, Sendable {
        var clusterSize: UInt64
        var refcountBits: Int
        var version: UInt32
        var testDescription: String { "clusters of \(clusterSize), refcounts of \(refcountBits), version \(version)" }

        var options: Qcow2CreateOptions {
            var options = Qcow2CreateOptions(byteCount: 9 << 20 | 512)
            (options.clusterSize, options.refcountBits, options.version) = (clusterSize, refcountBits, version)
            return options
        }

        static let all: [Kind] =
            [512, 4096, 65536, 2 << 20].flatMap { size in
                [1, 2, 4, 8, 16, 32, 64].map { Kind(clusterSize: size, refcountBits: $0, version: 3) }
                    + [Kind(clusterSize: size, refcountBits: 16, version: 2)]
            }
    }

    @Test("an empty image, then one that was written, is clean and reads as it was written", arguments: Kind.all)
    func matrix(_ kind: Kind) throws {
        let scratch = try Scratch()
        let image = try scratch.create("image", kind.options)
        try scratch.checkClean("image", "empty")
        let information = try scratch.json("qemu-img", "info", "--output=json", "image")
        #expect(information["virtual-size"] as? Int == 9 << 20 | 512)
        #expect(information["cluster-size"] as? Int == Int(kind.clusterSize))

        try image.write([UInt8](repeating: 0xA5, count: 700_000), at: 100_001)
        try image.write([UInt8](repeating: 0x5A, count: 513), at: 9 << 20 - 1)
        try image.close()
        try scratch.checkClean("image", "written")
        let output = try scratch.tool(
            "qemu-io", "-f", "qcow2", "-c", "read -P 0xa5 100001 700000", "-c", "read -P 0 0 100001", "-c",
            "read -P 0 800001 8000000", "-c", "read -P 0x5a 9437183 513", "image")
        #expect(!output.contains("Pattern verification failed"), "\(output)")
        let report = try scratch.image("image", isReadOnly: true).check()
        #expect(report.isClean, "\(report.messages)")
    }

    @Test("preallocation maps the whole disk", arguments: Qcow2CreateOptions.Preallocation.allCases)
    func preallocation(_ kind: Qcow2CreateOptions.Preallocation) throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 3 << 20)
        options.preallocation = kind
        try scratch.create("image", options)
        try scratch.checkClean("image")
        let check = try scratch.json("qemu-img", "check", "--output=json", "image")
        #expect(check["allocated-clusters"] as? Int ?? 0 == (kind == .off ? 0 : 48))
    }

    @Test("names of a backing file and of its format, lazy refcounts, zstd and extended L2 entries are told")
    func features() throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-f", "raw", "base", "1M")
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        (options.backingFileName, options.backingFormat) = ("base", "raw")
        options.hasLazyRefcounts = true
        options.hasExtendedEntries = true
        options.compression = .zstd
        try scratch.create("image", options)
        let information = try scratch.json("qemu-img", "info", "--output=json", "image")
        let specific = (information["format-specific"] as? [String: Any])?["data"] as? [String: Any] ?? [:]
        #expect(information["backing-filename"] as? String == "base")
        #expect(information["backing-filename-format"] as? String == "raw")
        #expect(specific["lazy-refcounts"] as? Bool == true)
        #expect(specific["extended-l2"] as? Bool == true)
        #expect(specific["compression-type"] as? String == "zstd")
        try scratch.checkClean("image")
    }

    @Test("an image with a data file, raw or not", arguments: [false, true])
    func dataFile(_ isRaw: Bool) throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        (options.dataFileName, options.isDataFileRaw) = ("data", isRaw)
        let image = try scratch.create("image", options, dataFile: "data")
        try image.write([UInt8](repeating: 7, count: 70000), at: 65000)
        try image.writeZeroes(65536..<131072, mayUnmap: true)
        try image.close()
        try scratch.checkClean("image")
        let output = try scratch.tool(
            "qemu-io", "-f", "qcow2", "-c", "read -P 7 65000 536", "-c", "read -P 0 65536 65536", "-c",
            "read -P 7 131072 3928", "image")
        #expect(!output.contains("Pattern verification failed"), "\(output)")
        if isRaw {
            let answer = try scratch.run(["qemu-img", "compare", "-f", "raw", "-F", "qcow2", "data", "image"])
            #expect(answer.status == 0, "\(answer.output)")
        }
    }
}
