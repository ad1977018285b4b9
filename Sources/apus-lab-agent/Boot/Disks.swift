// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import LabWire

/// Puts the host's disk images, which L1 has as disks, where the command looks for them.
enum Disks {
    /// Binds each disk to its path below the root; a path that leads nowhere in L1 is made.
    static func place(_ paths: [String]) throws(AgentError) {
        for (index, path) in paths.enumerated() {
            guard let device = device(withSerial: DiskSerial.text(index)) else {
                throw AgentError("the disk for \(path) did not appear")
            }
            if unsafe access(path, F_OK) != 0 { try make(path) }
            guard unsafe mount(device, path, nil, UInt(MS_BIND), nil) == 0 else {
                throw AgentError.system("\(path): the disk \(device) cannot be put there")
            }
        }
    }

    /// The driver has made all disks by the time its module is loaded.
    private static func device(withSerial serial: String) -> String? {
        guard let folder = unsafe opendir("/sys/block") else { return nil }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { buffer in
                unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix("vd"), let file = try? Descriptor(path: "/sys/block/\(name)/serial", flags: O_RDONLY),
                let text = try? file.read(upTo: 64)
            else { continue }
            if String(decoding: text, as: UTF8.self) == serial { return "/dev/\(name)" }
        }
        return nil
    }

    /// Makes an empty file and the folders above it.
    private static func make(_ path: String) throws(AgentError) {
        var parent = ""
        for part in path.split(separator: "/").dropLast() {
            parent += "/\(part)"
            unsafe mkdir(parent, 0o755)
        }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw AgentError.system(path) }
        close(file)
    }
}
