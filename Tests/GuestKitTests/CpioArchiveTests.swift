// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestKit

@Suite("Initrd archive")
struct CpioArchiveTests {
    @Test(
        "another program lists and unpacks what was added",
        .enabled(if: Environment.program("cpio") != nil, "cpio is not on PATH"))
    func isReadByCpio() throws {
        let folder = try TemporaryFolder()
        var archive = CpioArchive()
        archive.addFolder("bin")
        archive.addFile("bin/tool", Array("#!/bin/sh\necho hello\n".utf8), executable: true)
        archive.addFile("odd", [1, 2, 3])
        archive.addSymbolicLink("link", to: "bin/tool")
        try Files.write(archive.finished(), to: "\(folder.path)/a.cpio")

        let script = "cd \"$1\" && cpio -idm --quiet < a.cpio && ./link && od -An -tx1 odd && stat -c %a bin/tool odd"
        let output = try Tool.run("sh", ["-c", script, "sh", folder.path], package: "dash")

        #expect(String(decoding: output, as: UTF8.self) == "hello\n 01 02 03\n755\n644\n")
    }

    @Test("a header has the fields of the newc format")
    func writesHeader() {
        var archive = CpioArchive()
        archive.addCharacterDevice("dev/console", major: 5, minor: 1)

        let bytes = archive.finished()

        let header = String(decoding: bytes.prefix(110), as: UTF8.self)
        #expect(header.hasPrefix("070701" + "00000001" + "00002180"))
        #expect(header.hasSuffix("00000005" + "00000001" + "0000000C" + "00000000"))
        #expect(bytes.count % 4 == 0)
        #expect(String(decoding: bytes, as: UTF8.self).contains("TRAILER!!!"))
    }

    @Test("equal contents give equal bytes")
    func isReproducible() {
        func make() -> [UInt8] {
            var archive = CpioArchive()
            archive.addFile("a", [1])
            archive.addFile("b", [])
            return archive.finished()
        }

        #expect(make() == make())
    }
}
