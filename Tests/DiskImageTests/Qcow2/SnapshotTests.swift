// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import Testing

@Suite("Internal snapshots and sizes of qcow2 images")
struct SnapshotTests {
    private static func pattern(_ scratch: Scratch, _ name: String, _ commands: String...) throws {
        let result = try scratch.run(["qemu-io", "-f", "qcow2"] + commands.flatMap { ["-c", $0] } + [name])
        #expect(!result.output.contains("failed"), "\(result.output)")
    }

    @Test("made, seen by QEMU, gone back to, ended: clean each time", arguments: [2, 3] as [UInt32], [512, 65536])
    func cycle(_ version: UInt32, _ clusterSize: UInt64) throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 2 << 20)
        (options.version, options.clusterSize) = (version, clusterSize)
        let image = try scratch.create("image", options)
        try image.write([UInt8](repeating: 1, count: 300_000), at: 1000)
        try image.createSnapshot(name: "first", seconds: 1)
        try scratch.checkClean("image", "first")
        try image.write([UInt8](repeating: 2, count: 100_000), at: 2000)
        try image.createSnapshot(name: "second", seconds: 2)
        try image.write([UInt8](repeating: 3, count: 1000), at: 0)
        try image.close()
        try scratch.checkClean("image", "second")
        #expect(try scratch.tool("qemu-img", "snapshot", "-l", "image").contains("second"))
        try Self.pattern(scratch, "image", "read -P 3 0 1000", "read -P 2 2000 100000", "read -P 1 102000 199000")

        let again = try scratch.image("image")
        #expect(again.snapshots.map(\.name) == ["first", "second"])
        try again.applySnapshot("first")
        try scratch.checkClean("image", "applied")
        try Self.pattern(scratch, "image", "read -P 0 0 1000", "read -P 1 1000 300000")
        try again.deleteSnapshot("first")
        try scratch.checkClean("image", "deleted first")
        try again.deleteSnapshot("2")
        try scratch.checkClean("image", "deleted second")
        try Self.pattern(scratch, "image", "read -P 1 1000 300000")
    }

    @Test("those that QEMU made are listed, gone back to and ended")
    func theirs() throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-q", "-f", "qcow2", "image", "1M")
        try Self.pattern(scratch, "image", "write -P 4 0 128k")
        try scratch.tool("qemu-img", "snapshot", "-c", "them", "image")
        try Self.pattern(scratch, "image", "write -P 5 0 64k")
        let image = try scratch.image("image")
        #expect(image.snapshots.map(\.name) == ["them"])
        #expect(image.snapshots.first?.diskByteCount == 1 << 20)
        try image.applySnapshot("them")
        try scratch.checkClean("image", "applied")
        #expect(try image.bytes(at: 0, count: 1) == [4])
        try image.deleteSnapshot("them")
        try scratch.checkClean("image", "deleted")
    }

    @Test("where reference counts have one bit there is no room for one, and nothing changes")
    func narrow() throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        options.refcountBits = 1
        let image = try scratch.create("image", options)
        try image.write([UInt8](repeating: 1, count: 1000), at: 0)
        #expect(throws: BlockError.self) { try image.createSnapshot(name: "none", seconds: 0) }
        try image.close()
        try scratch.checkClean("image")
    }

    @Test(
        "larger and smaller, over a longer backing image: what is new reads as zeros",
        arguments: [2, 3] as [UInt32])
    func sizes(_ version: UInt32) throws {
        let scratch = try Scratch()
        try scratch.tool("qemu-img", "create", "-q", "-f", "raw", "base", "4M")
        try scratch.tool("qemu-io", "-f", "raw", "-c", "write -q -P 6 0 4M", "base")
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        (options.version, options.clusterSize) = (version, 4096)
        (options.backingFileName, options.backingFormat) = ("base", "raw")
        let image = try scratch.create("image", options, backing: try scratch.node("base", isReadOnly: true))
        try image.write([UInt8](repeating: 8, count: 4096), at: (1 << 20) - 4096)
        try image.resize(to: (1 << 20) - 512)
        try image.resize(to: 6 << 20)
        try image.close()
        try scratch.checkClean("image")
        try Self.pattern(
            scratch, "image", "read -P 6 0 1044480", "read -P 8 1044480 3584", "read -P 0 1048064 5243392")
        try image.resize(to: 64 << 30)
        try image.write([1], at: (64 << 30) - 1)
        try image.resize(to: 1 << 20)
        try image.close()
        try scratch.checkClean("image", "smaller")
    }
}
