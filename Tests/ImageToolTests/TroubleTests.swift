// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

/// Hostile names, full disks, devices, and formats that are recognised so that they are left alone.
@Suite("Trouble around images", .enabled(if: Bench.hasQEMU, "QEMU's tools are not installed"))
struct TroubleTests {
    static let hostile = [
        "with blanks", "-c", "--help", "new\nline", "%d%s%n", "back\\slash", "quote\"'", "json:{}", "proto:x",
        "./nbd:x", "ünïcødé", ".hidden", "a=b,c=d", String(repeating: "n", count: 255), "$(reboot)", "\u{1B}[31mred",
    ]

    @Test("a file of any name is made, looked at, cloned, copied and taken away", arguments: hostile)
    func names(_ name: String) throws {
        let bench = try Bench()

        for arguments in [
            ["create", "-q", "-f", "qcow2", "--", name, "1M"], ["info", "-f", "qcow2", "--", name],
            ["info", "-f", "qcow2", "--output=json", "--", name],
            ["clone", "-q", "-f", "qcow2", "--", name, "clone"], ["check", "-f", "qcow2", "--", name],
            ["compare", "-q", "-f", "qcow2", "-F", "qcow2", "--", name, "clone"],
            ["convert", "-f", "qcow2", "-O", "raw", "--", "clone", "copy"], ["map", "-f", "raw", "--", "copy"],
        ] {
            let outcome = try bench.apus(arguments)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            #expect(!outcome.output.contains("\u{1B}") && !outcome.errors.contains("\u{1B}"))
        }

        #expect(bench.exists(name))
        #expect(try bench.bytes("copy").count == 1 << 20)
        #expect(try bench.qemu("check", "-f", "qcow2", "clone").status == 0)
    }

    @Test("a name that is no text is refused, and one that is too long")
    func noNames() throws {
        let bench = try Bench()

        let bytes = try bench.run("/bin/bash", ["-c", "exec \(Bench.tool) create -f raw $'bad\\xffname' 1M"])
        let long = try bench.apus("create", "-f", "raw", String(repeating: "n", count: 256), "1M")

        #expect(bytes.status == 1)
        #expect(bytes.errors.contains("is not UTF-8; "))
        #expect(long.status == 1)
        #expect(long.errors.contains("File name too long"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).allSatisfy { $0.hasPrefix(".") })
    }

    @Test("names out of an image are not obeyed by a terminal, and one with a zero byte leads nowhere")
    func hostileBacking() throws {
        let bench = try Bench()
        try bench.write("base", [UInt8](repeating: 1, count: 1 << 20))
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "image").status == 0)
        var bytes = [UInt8](try bench.bytes("image"))
        let offset = Int(bytes[14]) << 8 | Int(bytes[15])
        try #require(Array(bytes[offset..<offset + 4]) == Array("base".utf8))
        bytes.replaceSubrange(offset..<offset + 4, with: [0x1B, 0x5B, 0x32, 0x4A])
        try bench.write("escape", bytes)
        bytes.replaceSubrange(offset..<offset + 4, with: [0x62, 0x61, 0, 0x65])
        try bench.write("zero", bytes)

        let info = try bench.apus("info", "-f", "qcow2", "escape")
        let map = try bench.apus("map", "-f", "qcow2", "escape")
        let zero = try bench.apus("map", "-f", "qcow2", "zero")

        #expect(info.output.contains("backing file: \\x1b[2J\n"))
        #expect(map.errors.hasPrefix("apus image: \\x1b[2J: there is no such file; "))
        #expect(zero.errors == "apus image: zero: the name of its backing image has a zero byte, which no path has\n")
    }

    @Test(
        "LUKS is told by its name in every command, and left alone",
        arguments: [
            ["info", "X"], ["check", "X"], ["map", "X"], ["measure", "X"], ["compare", "X", "X"], ["snapshot", "X"],
            ["convert", "X", "copy"], ["convert", "-n", "-f", "raw", "plain", "X"], ["dd", "if=X", "of=copy"],
            ["resize", "X", "+1M"], ["commit", "X"], ["rebase", "-u", "-b", "", "X"], ["snapshot", "-c", "s", "X"],
            ["check", "-r", "all", "X"], ["bench", "X"], ["bench", "-w", "X"], ["bitmap", "--add", "X", "b"],
            ["clone", "-f", "luks", "X", "copy"], ["create", "-f", "luks", "copy", "1M"], ["info", "-f", "luks", "X"],
        ])
    func luks(_ arguments: [String]) throws {
        let bench = try Bench()
        try bench.write("plain", [UInt8](repeating: 1, count: 4096))
        let bytes = [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE, 0, 1] + [UInt8](repeating: 0, count: 1 << 20)
        try bench.write("disk.luks", bytes)

        let outcome = try bench.apus(
            arguments.map { $0.replacingOccurrences(of: "X", with: "disk.luks") })

        #expect(outcome.status == (arguments[0] == "compare" ? 2 : 1))
        #expect(outcome.errors.hasPrefix("apus image: ") && outcome.errors.contains("luks"), "\(outcome.errors)")
        #expect(try bench.bytes("disk.luks") == Data(bytes))
        #expect(!bench.exists("copy"))
    }

    @Test(
        "an encrypted qcow2 image is told by how it is, and left alone",
        arguments: [
            ["info", "X"], ["check", "X"], ["map", "X"], ["convert", "-O", "raw", "X", "copy"], ["clone", "X", "copy"],
            ["resize", "X", "8M"], ["commit", "X"], ["snapshot", "-c", "s", "X"], ["check", "-r", "all", "X"],
        ])
    func encrypted(_ arguments: [String]) throws {
        let bench = try Bench()
        try Sample.qcow2[0].patched("X", at: 35, [2]).make(in: bench)
        let before = try bench.bytes("X")

        let outcome = try bench.apus([arguments[0], "-f", "qcow2"] + arguments.dropFirst())

        #expect(outcome.status == 1)
        #expect(
            outcome.errors == "apus image: X: the image is encrypted with LUKS, which this program does not do\n")
        #expect(try bench.bytes("X") == before)
        #expect(!bench.exists("copy"))
    }

    @Test(
        "on a disk that is full what was made is taken away, and what was there is in order",
        arguments: ["raw", "qcow2"])
    func full(_ format: String) throws {
        let bench = try Bench()
        _ = try bench.run("/bin/sh", ["-c", "head -c 4M /dev/urandom > disk"])
        try #require(try bench.qemu("create", "-q", "-f", format, "there", "4M").status == 0)

        func limited(_ arguments: String) throws -> Bench.Outcome {
            try bench.run("/bin/sh", ["-c", "ulimit -f 2048; exec \(Bench.tool) \(arguments)"])
        }
        let made = try limited("convert -f raw -O \(format) disk copy")
        let filled = try limited("convert -n -f raw -O \(format) disk there")

        for outcome in [made, filled] {
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(": a file may not become that large here; "), "\(outcome.errors)")
        }
        #expect(!bench.exists("copy"))
        #expect(bench.exists("there"))
        if format == "qcow2" { #expect(try bench.qemu("check", "-f", "qcow2", "there").status == 0) }
    }

    @Test(
        "a file system that is full is told, and nothing stays of what did not fit",
        .enabled(if: geteuid() == 0, "a file system is mounted by root alone"),
        arguments: ["convert -f raw -O qcow2 disk small/copy", "clone -f qcow2 --count 400 $PWD/base small/c%d"])
    func noRoom(_ command: String) throws {
        let bench = try Bench()
        _ = try bench.run("/bin/sh", ["-c", "head -c 4M /dev/urandom > disk; mkdir small"])
        try #require(try bench.qemu("create", "-q", "-f", "qcow2", "base", "4M").status == 0)

        let script = """
            mount -t tmpfs -o size=1m none small || exit 99
            \(Bench.tool) \(command); status=$?
            ls -A small >left; df --output=used small | tail -1 >used
            exit $status
            """
        let outcome = try bench.run("/usr/bin/env", ["unshare", "--mount", "sh", "-c", script])

        try #require(outcome.status != 99, "\(outcome.errors)")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(": the file system is full; "), "\(outcome.errors)")
        #expect(try bench.bytes("left").isEmpty)
        #expect(
            String(decoding: try bench.bytes("used"), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                == "0")
    }

    @Test(
        "a block device is written, read and compared, and one that is too small refused",
        .enabled(if: geteuid() == 0, "loop devices need root"))
    func device() throws {
        let bench = try Bench()
        try Sample.raw[1].make(in: bench)
        let script = """
            truncate -s 8M back; truncate -s 4M small
            d=$(losetup --find --show back) && s=$(losetup --find --show small) || exit 99
            trap 'losetup -d $d $s' EXIT
            head -c 8M /dev/urandom >$d
            \(Bench.tool) convert -n -f raw -O raw full.raw $d || exit 2
            qemu-img compare -f raw -F raw full.raw $d || exit 3
            head -c 8M /dev/urandom >$d
            \(Bench.tool) convert -t none -f raw -O raw full.raw $d || exit 4
            \(Bench.tool) compare -T none -f raw -F raw full.raw $d || exit 5
            \(Bench.tool) convert -f raw -O qcow2 $d copy || exit 6
            qemu-img compare -f raw -F qcow2 full.raw copy || exit 7
            \(Bench.tool) create -f qcow2 -q $d 1G && qemu-img check -q -f qcow2 $d || exit 8
            \(Bench.tool) convert -f raw -O raw full.raw $s && exit 9
            \(Bench.tool) resize -f raw $s 8M && exit 10
            exit 0
            """

        let outcome = try bench.run("/bin/sh", ["-c", script])

        try #require(outcome.status != 99, "losetup cannot make a loop device here: \(outcome.errors)")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.errors.contains("the device has 4194304 bytes, and the image 8388608"))
    }
}
