// SPDX-License-Identifier: Apache-2.0
import Glibc
import GuestKit
import Host

/// The built programs and what the scenarios need of the host.
enum EndToEndBed {
    /// The package's folder.
    static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

    /// The folder of the built programs: `APUS_BUILD`, else the release build.
    static let build = Environment.value("APUS_BUILD") ?? "\(root)/.build/release"

    /// Where the scenarios' results stay to be looked at.
    static let results = "\(root)/.build/end-to-end"

    /// Whether the lab can run here.
    static var isUsable: Bool {
        Environment.program("qemu-system-x86_64") != nil
            && ["apus", "apus-vmm", "apus-lab-agent"].allSatisfy { Files.isExecutable("\(build)/\($0)") }
    }

    /// Whether the long proofs are asked for.
    static var isProving: Bool { Environment.value("APUS_PROVE") == "1" }

    /// The scenarios that `APUS_SCENARIOS` names, or `nil` for all.
    static let selection = Environment.value("APUS_SCENARIOS").map { names in
        Set(names.split(separator: " ").map(String.init))
    }

    /// A folder with a link to each kernel, initrd and busybox.
    static func kernels() throws -> String { try linked.get() }

    // Once: two batches may ask for it at a time.
    private static let linked = Result { try linkKernels() }

    private static func linkKernels() throws -> String {
        let kit = GuestKit(cache: try CacheFolder())
        let folder = "\(results)/kernels"
        try Files.makeFolders(folder)
        for flavour in [Flavour.cloud, .generic] {
            let kernel = try kit.kernel(flavour)
            try Files.link("\(folder)/\(flavour.rawValue).elf", to: kernel.image)
            try Files.link("\(folder)/\(flavour.rawValue).bzimage", to: kernel.compressedImage)
            try Files.link("\(folder)/\(flavour.rawValue).initrd", to: try kit.guestInitrd(for: kernel))
        }
        try Files.link("\(folder)/busybox", to: try kit.busybox())
        return folder
    }

    /// The last line that a script of the project prints: where what it makes lies. `nil` where it fails; the reason is
    /// said, because scenarios are then skipped.
    static func place(madeBy script: String, _ arguments: [String] = []) -> String? {
        do throws(GuestKitError) {
            let output = try Tool.run("\(root)/scripts/\(script)", arguments, package: "bash")
            return String(decoding: output, as: UTF8.self).split(separator: "\n").last.map(String.init)
        } catch {
            Progress().say("scripts/\(script) failed, and what needs it is skipped: \(error)")
            return nil
        }
    }
}
