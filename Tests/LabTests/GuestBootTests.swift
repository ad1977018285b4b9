// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host
import Testing

extension LabEndToEnd {
    /// Boots the guest kit's kernel and initrd under QEMU's emulation.
    @Suite("The test guest")
    struct GuestBootTests {
        @Test("a script from the command line runs, its status is printed, and the guest powers off")
        func runsScript() throws {
            // "echo drivers $(ls /sys/bus/virtio/drivers); exit 5"
            let guest = try Guest(
                "apus.exec=ZWNobyBkcml2ZXJzICQobHMgL3N5cy9idXMvdmlydGlvL2RyaXZlcnMpOyBleGl0IDUK")

            #expect(guest.expect("apus-exec: status 5"), "\(guest.seen)")
            #expect(guest.child.wait(atMost: LabBed.limitSeconds) == 0)
            for driver in ["virtio_blk", "virtio_net", "virtio_rng", "virtio_console", "virtio_balloon"] {
                #expect(guest.seen.contains(driver))
            }
        }

        // The script is "echo wait''ing; sleep 1000".
        @Test(
            "the power button powers the guest off, from a script and from the shell",
            arguments: [("apus.exec=ZWNobyB3YWl0JydpbmcKc2xlZXAgMTAwMAo=", "waiting"), ("", "/ # ")])
        func obeysPowerButton(_ argument: String, _ sign: String) throws {
            let guest = try Guest(argument)
            #expect(guest.expect(sign), "\(guest.seen)")

            try guest.command("system_powerdown")

            #expect(guest.expect("Power down"), "\(guest.seen)")
            #expect(guest.child.wait(atMost: LabBed.limitSeconds) == 0)
        }
    }

    /// A running guest, its serial console and its monitor.
    final class Guest {
        let child: ChildProcess
        private let console: Descriptor
        private let monitor: Descriptor
        private let deadline = Deadline(seconds: LabBed.limitSeconds)
        private(set) var seen = ""

        init(_ argument: String) throws {
            let kit = GuestKit(cache: try CacheFolder())
            let kernel = try kit.kernel(.cloud)
            let console = try Self.pipe()
            let monitor = try Self.pipe()
            let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
            child = try LabBed.start(
                [
                    "qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "max,la57=off", "-m", "256",
                    "-nodefaults", "-display", "none", "-no-reboot", "-serial", "file:/proc/self/fd/3", "-monitor",
                    "stdio", "-kernel", kernel.image, "-initrd", try kit.guestInitrd(for: kernel), "-append",
                    "console=ttyS0 quiet panic=-1 \(argument)",
                ], [], [monitor.read, null.borrowed, null.borrowed, console.write])
            close(console.write)
            close(monitor.read)
            self.console = Descriptor(owning: console.read)
            self.monitor = Descriptor(owning: monitor.write)
        }

        deinit {
            child.kill()
        }

        func command(_ text: String) throws {
            try monitor.writeAll(Array((text + "\n").utf8))
        }

        /// Reads the console until `text` has come; false at its end, and when the guest's time is over.
        func expect(_ text: String) -> Bool {
            while !seen.contains(text) {
                guard deadline.awaitInput(on: console.borrowed), let bytes = try? console.read(upTo: 4096),
                    !bytes.isEmpty
                else { return false }
                seen += String(decoding: bytes, as: UTF8.self)
            }
            return true
        }

        private static func pipe() throws -> (read: Int32, write: Int32) {
            var ends: [Int32] = [0, 0]
            let made = unsafe Glibc.pipe(&ends)
            try #require(made == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }
}
