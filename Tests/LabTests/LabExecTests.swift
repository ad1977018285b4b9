// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host
import Testing

extension LabEndToEnd {
    @Suite("apus lab exec")
    struct LabExecTests {
        @Test("the command's exit status is returned", arguments: [0, 3, 7, 42] as [Int32])
        func returnsStatus(_ status: Int32) throws {
            #expect(try LabBed.execute(["sh", "-c", "exit \(status)"]).status == status)
        }

        @Test("a signal that ends the command gives 128 and its number")
        func returnsSignal() throws {
            #expect(try LabBed.execute(["sh", "-c", "kill -TERM $$"]).status == 128 + SIGTERM)
        }

        @Test("a command that is not there gives 127 and says which")
        func reportsMissingCommand() throws {
            let outcome = try LabBed.execute(["no-such-command"])

            #expect(outcome.status == 127)
            #expect(outcome.errors.contains("no-such-command"))
        }

        @Test("output and errors stay apart, and a megabyte of input arrives with its end")
        func carriesStreams() throws {
            var generator = SystemRandomNumberGenerator()
            let input = (0..<1 << 17).flatMap { _ in
                let word = generator.next()
                return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
            }
            let folder = try TemporaryFolder()
            try Files.write(input, to: "\(folder.path)/input")
            let expected = try Tool.run("sha256sum", ["\(folder.path)/input"], package: "coreutils").prefix(64)

            let outcome = try LabBed.execute(
                ["sh", "-c", "echo oops >&2; sha256sum; echo oops again >&2"], input: input)

            #expect(outcome.status == 0)
            #expect(outcome.output == String(decoding: expected, as: UTF8.self) + "  -\n")
            #expect(outcome.errors == "oops\noops again\n")
        }

        @Test("the lab has KVM, cgroups, a default route, a TUN device, a disk for direct I/O, and a shared folder")
        func furnishes() throws {
            let folder = try TemporaryFolder()
            let script = """
                set -ex
                test -w /dev/kvm
                grep '^dummy0.00000000.' /proc/net/route >/dev/null
                test -e /sys/fs/cgroup/cgroup.controllers
                test -d /sys/kernel/debug/kvm
                modprobe tun
                test -c /dev/net/tun
                test -b /dev/vda
                grep '^/dev/vda /scratch ext4 ' /proc/mounts
                dd if=/dev/zero of=/scratch/file bs=4096 count=16 oflag=direct 2>/dev/null
                dd if=/scratch/file of=/dev/null bs=4096 iflag=direct 2>/dev/null
                echo "$APUS_LAB $APUS_LAB_OUTPUT $PWD" >/lab/result
                echo changed >"$0"
                cat "$0"
                """
            try Files.write(Array("host\n".utf8), to: "\(folder.path)/file")

            let outcome = try LabBed.execute(
                ["sh", "-c", script, "\(folder.path)/file"],
                options: ["--scratch", "256M", "--output", "\(folder.path)/out"],
                environment: ["TMPDIR=\(folder.path)"])

            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.hasSuffix("changed\n"))
            #expect(try Files.readText("\(folder.path)/out/result") == "1 /lab \(Files.currentFolder)\n")
            #expect(try Files.readText("\(folder.path)/file") == "host\n", "the host's files are as they were")
            #expect(Files.names(in: folder.path) == ["file", "out"], "the scratch disk has no name")
        }

        @Test("a disk of the host is a block device at its own path, and keeps what it had")
        func givesDisks() throws {
            let folder = try TemporaryFolder()
            for name in ["a", "b, c"] {
                try Files.write(
                    Array("\(name)\n".utf8) + [UInt8](repeating: 0, count: 4096), to: "\(folder.path)/\(name)")
                unsafe truncate("\(folder.path)/\(name)", 1 << 20)
            }
            let script = """
                set -e
                cd "$0"
                for name in a "b, c"; do
                    test -b "$name"
                    head -n 1 "$name"
                    echo changed | dd of="$name" conv=notrunc,fsync status=none
                    head -n 1 "$name"
                    blockdev --getsize64 "$name"
                done
                """

            let outcome = try LabBed.execute(
                ["sh", "-c", script, folder.path],
                options: ["--disk", "\(folder.path)/a", "--disk", "\(folder.path)/b, c", "--scratch", "16M"],
                environment: ["TMPDIR=\(folder.path)"])

            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == "a\nchanged\n1048576\nb, c\nchanged\n1048576\n")
            #expect(try Files.readText("\(folder.path)/a").hasPrefix("a\n"), "the host's disk is as it was")
            #expect(Files.names(in: folder.path) == ["a", "b, c"], "what was written has no name")
        }

        @Test("a disk that is not there, or is none, is refused with its path", arguments: ["/none", "/dev/null"])
        func refusesDisk(_ path: String) throws {
            let outcome = try LabBed.execute(["true"], options: ["--disk", path])

            #expect(outcome.status == 125)
            #expect(outcome.errors.contains(path))
        }

        @Test("SIGTERM reaches the command, which may end as it likes")
        func passesSignal() throws {
            let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
            var ends: [Int32] = [0, 0]
            let made = unsafe pipe(&ends)
            #expect(made == 0)
            let child = try LabBed.start(
                [
                    LabBed.program, "lab", "exec", "--", "sh", "-c",
                    "trap 'exit 9' TERM; echo; while :; do sleep 0.1; done",
                ],
                [], [null.borrowed, ends[1], null.borrowed])
            close(ends[1])
            var byte: UInt8 = 0
            let hasSpoken = Deadline(seconds: LabBed.limitSeconds).awaitInput(on: ends[0])
            let got = hasSpoken ? unsafe read(ends[0], &byte, 1) : 0
            #expect(got == 1)
            kill(child.identifier, SIGTERM)

            #expect(child.wait(atMost: LabBed.limitSeconds) == 9)
            close(ends[0])
        }

        @Test("a user without rights can use it", .enabled(if: getuid() == 0, "only root can become another user"))
        func worksWithoutRights() throws {
            let folder = try TemporaryFolder()
            let cache = "\(folder.path)/cache"
            try Tool.run("cp", ["-al", try CacheFolder().path, cache], package: "coreutils")
            try Tool.run("chmod", ["-R", "a+rX", folder.path], package: "coreutils")
            unsafe chmod(folder.path, 0o777)

            let outcome = try LabBed.execute(
                ["sh", "-c", "id -u; test -w /dev/kvm; echo x >/lab/x"],
                options: ["--scratch", "64M", "--output", "\(folder.path)/out"],
                environment: ["APUS_CACHE=\(cache)", "TMPDIR=\(folder.path)", "HOME=/nonexistent"],
                through: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])

            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == "0\n")
            #expect(try Files.readText("\(folder.path)/out/x") == "x\n")
        }
    }
}
