// SPDX-License-Identifier: Apache-2.0

/// Turns a bzImage into the ELF file that it carries.
package enum KernelUnpacking {
    /// Writes the ELF kernel of the bzImage at `source` to `target`; `work` takes a temporary file.
    package static func unpack(_ source: String, to target: String, work: String) throws(GuestKitError) {
        let image = try Files.read(source)
        let header: SetupHeader
        do throws(SetupHeaderError) { header = try SetupHeader(image: image) } catch {
            throw .kernelImage(path: source, error)
        }
        let payload = "\(work)/payload"
        try Files.write(Array(image[header.payload]), to: payload)
        switch header.compression {
        case .xz: try Tool.run("xz", ["-dc", payload], package: "xz-utils", output: target)
        case .lz4: try Tool.run("lz4", ["-dcq", payload], package: "lz4", output: target)
        case .zstd: try Tool.run("zstd", ["-dcq", payload], package: "zstd", output: target)
        case .gzip: try Tool.run("gzip", ["-dc", payload], package: "gzip", output: target)
        }
        let unpacked = try Files.read(target)
        guard unpacked.starts(with: [0x7f] + Array("ELF".utf8)), unpacked.count == header.unpackedByteCount else {
            throw .kernelPayload(path: source, found: "\(unpacked.count) bytes")
        }
    }
}
