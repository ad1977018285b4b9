// SPDX-License-Identifier: Apache-2.0

/// Tells what a kernel file is and prepares its start.
package enum BootLoader {
    private static let compressions: [(name: String, magic: [UInt8])] = [
        ("gzip", [0x1f, 0x8b]),
        ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
        ("zstd", [0x28, 0xb5, 0x2f, 0xfd]),
        ("lz4", [0x04, 0x22, 0x4d, 0x18]),
        ("lz4", [0x02, 0x21, 0x4c, 0x18]),
        ("bzip2", [0x42, 0x5a, 0x68]),
        ("lzma", [0x5d, 0x00, 0x00]),
        ("lzo", [0x89, 0x4c, 0x5a, 0x4f]),
    ]

    /// Prepares the start of `kernel`, whatever its format; only headers are read.
    ///
    /// An ELF file that has a PVH note and a multiboot header starts by PVH.
    package static func load(
        _ kernel: borrowing some KernelFile & ~Copyable, for request: BootRequest
    ) throws(KernelImageError) -> BootImage {
        let count = Int(min(kernel.byteCount, UInt64(MultibootLoader.searchByteCount)))
        let beginning = HeaderBytes(try kernel.read("the header", at: 0, count: count))
        if ELFImage.isPresent(in: beginning) {
            return try loadELF(kernel, beginning: beginning, for: request)
        }
        if LinuxSetupHeader.isPresent(in: beginning) {
            return try LinuxLoader.load(beginning, fileByteCount: kernel.byteCount, for: request)
        }
        throw refusal(of: beginning)
    }

    private static func loadELF(
        _ kernel: borrowing some KernelFile & ~Copyable, beginning: HeaderBytes, for request: BootRequest
    ) throws(KernelImageError) -> BootImage {
        let image = try ELFImage(kernel, beginning: beginning)
        if let entry = try PVHLoader.entry(of: image, in: kernel) {
            return try PVHLoader.load(image, entry: entry, for: request)
        }
        if let flags = MultibootLoader.headerFlags(in: beginning) {
            return try MultibootLoader.load(image, flags: flags, for: request)
        }
        throw .unsupported(
            found: "this ELF file has neither a PVH note nor a multiboot header in its first 8 KiB",
            remedy: "give a Linux kernel built with CONFIG_PVH, or its bzImage (vmlinuz)")
    }

    /// Why a file that is neither ELF nor bzImage cannot be started.
    private static func refusal(of beginning: HeaderBytes) -> KernelImageError {
        for compression in compressions where beginning.bytes.has(compression.magic, at: 0) {
            return .compressed(method: compression.name)
        }
        if beginning.bytes.has(Array("ARM\u{64}".utf8), at: 56) { return .wrongArchitecture(found: "aarch64") }
        if beginning.bytes.has(Array("RSC\u{05}".utf8), at: 56) { return .wrongArchitecture(found: "RISC-V") }
        if beginning.bytes.has(Array("MZ".utf8), at: 0) {
            return .unsupported(
                found: "this is a program for EFI only, without Linux's setup header",
                remedy: "give the bzImage (vmlinuz) or vmlinux that is packed in it")
        }
        if MultibootLoader.headerFlags(in: beginning) != nil {
            return .unsupported(
                found: "this is a flat image with a multiboot header",
                remedy: "give the ELF file that it was made from")
        }
        return .notAKernel(beginning: Array(beginning.bytes.prefix(8)))
    }
}
