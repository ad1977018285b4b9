// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// The same with every kind of image: written, repaired, with snapshots, made by `convert`; judged by qemu-img.
@Suite("Every kind of image", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct KindTests {
    private static func hasDataFile(_ sample: Sample) -> Bool {
        ["external.qcow2", "rawdata.qcow2"].contains(sample.name)
    }

    /// Without those whose counts cannot tell a second reference, and whose data lie outside.
    static let withSnapshots = (Sample.qcow2 + Sample.compressed + Sample.chains).filter { sample in
        sample.name != "tiny.qcow2" && !hasDataFile(sample)
    }

    @Test("what is written into it is there", arguments: Sample.raw + Sample.qcow2 + Sample.compressed + Sample.chains)
    func write(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)
        try #require(try bench.qemu("create", "-q", "-f", "raw", "new", "7M").status == 0)
        try bench.fill("new", format: "raw", "write -P 91 64k 100k", "write -P 92 1000k 1000k", "write -P 93 6M 1M")

        let outcome = try bench.apus("convert", "-n", "-f", "raw", "-O", sample.format, "new", sample.name)

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        if sample.format == "qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", sample.name).status == 0) }
        try #require(try bench.qemu("convert", "-f", sample.format, "-O", "raw", sample.name, "copy").status == 0)
        #expect(try bench.bytes("copy").prefix(7 << 20) == bench.bytes("new"))
    }

    @Test(
        "without its reference counts it is made whole again",
        arguments: Sample.qcow2 + Sample.compressed + Sample.chains)
    func repair(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", sample.name, "before").status == 0)
        let header = [UInt8](try bench.bytes(sample.name).prefix(56))
        let table = header[48..<56].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: bench.path(sample.name)))
        try handle.seek(toOffset: table)
        try handle.write(contentsOf: Data(count: 8))
        try handle.close()
        try #require(try bench.qemu("check", "-f", "qcow2", sample.name).status != 0)

        let outcome = try bench.apus("check", "-r", "all", "-f", "qcow2", sample.name)

        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try bench.qemu("check", "-f", "qcow2", sample.name).status == 0)
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", sample.name, "before").status == 0)
    }

    @Test("a snapshot of it is taken, gone back to and ended", arguments: withSnapshots)
    func snapshot(_ sample: Sample) throws {
        let bench = try Bench()
        try sample.make(in: bench)
        try #require(try bench.qemu("convert", "-f", "qcow2", "-O", "raw", sample.name, "before").status == 0)

        #expect(try bench.apus("snapshot", "-f", "qcow2", "-c", "one", sample.name).status == 0)
        try bench.fill(sample.name, format: "qcow2", "write -P 200 0 4M")
        #expect(try bench.qemu("check", "-f", "qcow2", sample.name).status == 0)
        #expect(try bench.apus("snapshot", "-f", "qcow2", "-a", "one", sample.name).status == 0)
        #expect(try bench.qemu("compare", "-f", "qcow2", "-F", "raw", sample.name, "before").status == 0)
        #expect(try bench.apus("snapshot", "-f", "qcow2", "-d", "one", sample.name).status == 0)
        #expect(try bench.qemu("check", "-f", "qcow2", sample.name).status == 0)
    }

    @Test(
        "convert makes it",
        arguments: [
            "compat=0.10", "cluster_size=512", "cluster_size=2M", "refcount_bits=1", "refcount_bits=64",
            "lazy_refcounts=on", "extended_l2=on", "data_file=data", "data_file=data,data_file_raw=on",
            "preallocation=metadata", "preallocation=falloc", "preallocation=full",
        ])
    func convert(_ options: String) throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)

        let outcome = try bench.apus("convert", "-f", "raw", "-O", "qcow2", "-o", options, "full.raw", "copy")

        #expect(outcome == Bench.Outcome(status: 0, output: "", errors: ""))
        #expect(try bench.qemu("check", "-f", "qcow2", "copy").status == 0)
        #expect(try bench.qemu("compare", "-f", "raw", "-F", "qcow2", "full.raw", "copy").status == 0)
        if options.contains("data_file_raw") { #expect(try bench.bytes("data") == bench.bytes("full.raw")) }
    }

    @Test(
        "a header extension that is not known is kept, and an autoclear bit that is not known goes at the first change")
    func unknown() throws {
        let bench = try Bench()
        try Sample.qcow2[0].make(in: bench)
        var bytes = [UInt8](try bench.bytes("plain.qcow2"))
        let mark: [UInt8] = [0x68, 0x03, 0xF8, 0x57]
        let place = try #require((0..<1000).first { bytes[$0..<$0 + 4].elementsEqual(mark) })
        bytes.replaceSubrange(place..<place + 4, with: [0x12, 0x34, 0x56, 0x78])
        bytes[88] = 0x80
        try bench.write("image", bytes)
        let count = 8 + Int(bytes[place + 6]) << 8 + Int(bytes[place + 7])

        #expect(try bench.apus("info", "-f", "qcow2", "image").status == 0)
        #expect(try bench.bytes("image") == Data(bytes))
        #expect(try bench.apus("rebase", "-u", "-f", "qcow2", "-b", "other", "-F", "raw", "image").status == 0)

        let after = [UInt8](try bench.bytes("image").prefix(65536))
        #expect(after[88] == 0)
        #expect((0..<2000).contains { after[$0..<$0 + count].elementsEqual(bytes[place..<place + count]) })
        #expect(try bench.qemu("rebase", "-u", "-f", "qcow2", "-b", "", "image").status == 0)
        #expect(try bench.qemu("check", "-f", "qcow2", "image").status == 0)
    }
}
