// SPDX-License-Identifier: Apache-2.0
import Configuration
import Glibc
import Host

@testable import Launcher

/// A temporary folder with what a machine needs, and a machine's process that is a script.
final class Workbench {
    let folder: String

    init() throws {
        var template = Array("/tmp/apus-launcher.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", code: errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try write("kernel", Self.kernel)
    }

    deinit {
        for name in names { _ = unsafe unlink(path(name)) }
        _ = unsafe rmdir(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// What is in the folder.
    var names: [String] {
        var result: [String] = []
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { result.append(name) }
        }
        return result
    }

    func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
        try Descriptor(path: path(name), flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode).writeAll(bytes)
    }

    func text(_ name: String) throws -> String {
        let file = try Descriptor(path: path(name), flags: O_RDONLY)
        return String(decoding: try file.read(at: 0, count: 1 << 20), as: UTF8.self)
    }

    /// Makes a script that stands for the machine's process.
    func program(_ script: String) throws -> String {
        try write("vmm", Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755)
        return path("vmm")
    }

    /// A machine whose console is a file; it needs no KVM, since nothing here runs it.
    func machine(_ change: (inout MachineConfiguration) -> Void = { _ in }) -> MachineConfiguration {
        var machine = MachineConfiguration(
            boot: BootConfiguration(kernel: .path(path("kernel"))), console: .file(.path(path("console"))),
            kvm: .path("/dev/null"))
        change(&machine)
        return machine
    }

    /// A sparse disk.
    func disk(_ name: String, byteCount: Int = 1 << 20) throws -> DiskConfiguration {
        try write(name, [])
        guard unsafe truncate(path(name), byteCount) == 0 else {
            throw SystemCallError(call: "truncate", code: errno)
        }
        return DiskConfiguration(source: .path(path(name)), format: .raw)
    }

    /// An ELF file with a multiboot header and one segment.
    static let kernel: [UInt8] = {
        var bytes = [UInt8](repeating: 0, count: 128)
        func put(_ value: UInt32, at offset: Int, count: Int = 4) {
            for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
        }
        bytes.replaceSubrange(0..<7, with: [0x7F, 0x45, 0x4C, 0x46, 1, 1, 1])
        put(2, at: 16, count: 2)  // executable
        put(3, at: 18, count: 2)  // i386
        put(1, at: 20)
        put(0x10_0000, at: 24)  // entry
        put(52, at: 28)  // program headers
        put(52, at: 40, count: 2)
        put(32, at: 42, count: 2)
        put(1, at: 44, count: 2)
        put(1, at: 52)  // PT_LOAD
        put(84, at: 56)
        put(0x10_0000, at: 60)
        put(0x10_0000, at: 64)
        put(44, at: 68)
        put(44, at: 72)
        put(0x1BAD_B002, at: 84)
        put(0 &- 0x1BAD_B002, at: 92)
        return bytes
    }()
}
