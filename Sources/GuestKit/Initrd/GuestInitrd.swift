// SPDX-License-Identifier: Apache-2.0

extension GuestKit {
    /// The path of the test guest's initrd for a kernel; made where it is missing.
    ///
    /// The guest runs the script that `apus.exec=` on the kernel's command line holds in base64, prints
    /// `apus-exec: status N` and powers off; without it, it ends in a shell. It powers off on the power button.
    package func guestInitrd(for kernel: Kernel) throws(GuestKitError) -> String {
        let parts = [GuestInit.script, GuestInit.shellProfile] + GuestInit.modules + GuestInit.onDemand
        let name = "guest-\(String(Self.fingerprint(of: parts), radix: 16)).cpio"
        return try derivedFile(name, of: kernel) { () throws(GuestKitError) in
            try Self.archive(of: kernel, busybox: try Files.read(try busybox()))
        }
    }

    private static func archive(of kernel: Kernel, busybox: [UInt8]) throws(GuestKitError) -> [UInt8] {
        let files = try kernel.moduleIndex().closure(of: GuestInit.modules + GuestInit.onDemand)
        let folder = "lib/modules/\(kernel.release)"
        var archive = CpioArchive()
        for path in ["bin", "dev", "etc", "lib", "lib/modules", folder, "mnt", "proc", "run", "sys", "tmp"] {
            archive.addFolder(path)
        }
        archive.addCharacterDevice("dev/console", major: 5, minor: 1)
        archive.addSymbolicLink("sbin", to: "bin")
        archive.addFile("bin/busybox", busybox, executable: true)
        for name in ["sh", "modprobe"] { archive.addSymbolicLink("bin/\(name)", to: "busybox") }
        archive.addFile("init", Array((GuestInit.script + "\n").utf8), executable: true)
        archive.addFile("etc/shrc", Array((GuestInit.shellProfile + "\n").utf8))
        let names = Set(files.map { ModuleIndex.name(of: $0) })
        let wanted = GuestInit.modules.filter { names.contains($0) }.joined(separator: " ")
        archive.addFile("etc/modules", Array((wanted + "\n").utf8))
        for file in files {
            archive.addFile("\(folder)/\(ModuleIndex.name(of: file)).ko", try kernel.module(file))
        }
        archive.addFile("\(folder)/modules.dep", Array(try dependencies(of: files, kernel).utf8))
        archive.addFile("\(folder)/modules.alias", Array(try aliases(of: names, kernel).utf8))
        return archive.finished()
    }

    /// A `modules.dep` of these files alone, all in one folder.
    private static func dependencies(of files: [String], _ kernel: Kernel) throws(GuestKitError) -> String {
        let index = try kernel.moduleIndex()
        let lines = files.map { file in
            let name = ModuleIndex.name(of: file)
            // modprobe loads a line's modules from the last to the first.
            let needs = index.closure(of: [name]).dropLast().reversed().map { ModuleIndex.name(of: $0) + ".ko" }
            return ([name + ".ko:"] + needs).joined(separator: " ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The names other than a device's identity by which the kernel asks for these modules.
    private static func aliases(of names: Set<String>, _ kernel: Kernel) throws(GuestKitError) -> String {
        let lines = try Files.readText("\(kernel.modules)/modules.alias").split(separator: "\n").filter { line in
            let words = line.split(separator: " ")
            return words.count == 3 && names.contains(ModuleIndex.name(of: String(words[2]))) && !words[1].contains(":")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// FNV-1a, 64 bits: changes with the contents, and nobody gains by a collision.
    private static func fingerprint(of texts: [String]) -> UInt64 {
        texts.joined(separator: "\n").utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
