// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import GuestKit
internal import Host

/// What L1 boots: the cache's generic kernel, and an initrd made of its modules and of this build's agent.
package struct LabImage: Sendable {
    package let kernel: Kernel
    /// The cached part of the initrd.
    let modulesArchive: String
    let agent: String

    /// The modules, by the time at which the agent loads them.
    private static let groups = [
        ("early", ["virtio_pci", "virtio_mmio", "virtio_console", "9pnet_virtio", "9p", "overlay"]),
        ("kvm", ["kvm_amd"]),
        ("network", ["dummy"]),
        ("scratch", ["virtio_blk", "crc32c_generic", "ext4"]),
    ]

    /// Finds the parts, and fetches or makes those that the cache lacks.
    package init(kit: GuestKit) throws(LabError) {
        agent = try Self.findAgent()
        do throws(GuestKitError) {
            let kernel = try kit.kernel(.generic)
            modulesArchive = try kit.derivedFile("lab-modules-4.cpio", of: kernel) { () throws(GuestKitError) in
                try Self.archive(of: kernel, busybox: try Files.read(try kit.busybox()))
            }
            self.kernel = kernel
        } catch {
            throw .kit(error)
        }
    }

    /// The whole initrd, in a nameless file.
    func makeInitrd() throws(LabError) -> Descriptor {
        do throws(GuestKitError) {
            var archive = CpioArchive()
            archive.addFile("init", try Files.read(agent), executable: true)
            let parts = [try Files.read(modulesArchive), archive.finished()]
            return try Self.memoryFile(parts)
        } catch {
            throw .kit(error)
        }
    }

    private static func memoryFile(_ parts: [[UInt8]]) throws(GuestKitError) -> Descriptor {
        do throws(SystemCallError) {
            let file = try Tool.memoryFile("initrd")
            for part in parts { try file.writeAll(part) }
            return file
        } catch {
            throw .file(path: "initrd", error)
        }
    }

    private static func archive(of kernel: Kernel, busybox: [UInt8]) throws(GuestKitError) -> [UInt8] {
        let index = try kernel.moduleIndex()
        var archive = CpioArchive()
        for folder in ["proc", "sys", "dev", "bin", "modules", "lower", "upper", "root"] { archive.addFolder(folder) }
        archive.addCharacterDevice("dev/console", major: 5, minor: 1)
        archive.addFile("bin/busybox", busybox, executable: true)
        var added: Set<String> = []
        for (group, names) in groups {
            let files = index.closure(of: names).filter { added.insert($0).inserted }
            let modules = files.map { (name: ModuleIndex.name(of: $0), file: $0) }
            for module in modules {
                archive.addFile("modules/\(module.name).ko", try contents(of: module.file, name: module.name, kernel))
            }
            let list = modules.map { $0.name + "\n" }.joined()
            archive.addFile("modules/\(group)", Array(list.utf8))
        }
        return archive.finished()
    }

    private static func contents(
        of file: String, name: String, _ kernel: Kernel
    ) throws(GuestKitError) -> [UInt8] {
        let module = try kernel.module(file)
        guard name == "kvm_amd" else { return module }
        guard let changed = InterceptPatch.apply(to: module) else { throw .unknownModule(name: name) }
        return changed
    }

    private static func findAgent() throws(LabError) -> String {
        let besides = Files.folder(of: Files.linkTarget("/proc/self/exe") ?? "/") + "/apus-lab-agent"
        let path = Environment.value("APUS_LAB_AGENT") ?? besides
        guard Files.isExecutable(path) else { throw .missingAgent(path: path) }
        return path
    }
}
