// SPDX-License-Identifier: Apache-2.0

/// A stock kernel in the cache.
package struct Kernel: Equatable, Sendable {
    /// The folder that holds all of it; its name is the package's with its version.
    package let folder: String
    /// The release, as `uname -r` prints it.
    package let release: String

    /// The bzImage as the package has it.
    package var compressedImage: String { "\(folder)/vmlinuz" }
    /// The unpacked ELF file.
    package var image: String { "\(folder)/vmlinux" }
    /// The modules' folder; what would be `/lib/modules/RELEASE`.
    package var modules: String { "\(folder)/lib/modules/\(release)" }

    /// The kernel in a folder of the cache; `nil` where it is not complete.
    package init?(folder: String) {
        guard let release = Files.names(in: "\(folder)/lib/modules").first else { return nil }
        self.folder = folder
        self.release = release
        guard [compressedImage, image, "\(modules)/modules.dep"].allSatisfy(Files.exists) else { return nil }
    }

    /// What the modules need of each other.
    package func moduleIndex() throws(GuestKitError) -> ModuleIndex {
        ModuleIndex(dependencies: try Files.readText("\(modules)/modules.dep"))
    }

    /// A module's bytes, unpacked where the distribution packs them.
    package func module(_ file: String) throws(GuestKitError) -> [UInt8] {
        let path = "\(modules)/\(file)"
        if file.hasSuffix(".xz") { return try Tool.run("xz", ["-dc", path], package: "xz-utils") }
        if file.hasSuffix(".zst") { return try Tool.run("zstd", ["-dcq", path], package: "zstd") }
        return try Files.read(path)
    }
}
