// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host

/// A disk image of the host, open for reading.
final class HostDisk {
    private let descriptor: Descriptor

    /// Opens what is at `path`: a file or a block device that has a sector.
    init(path: String) throws(LabError) {
        let status: FileStatus
        do throws(SystemCallError) {
            descriptor = try Descriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            status = try descriptor.status()
        } catch {
            throw .disk(path: path, error)
        }
        guard status.kind == .blockDevice || status.kind == .regular && status.byteCount >= 512 else {
            throw .diskKind(path: path)
        }
    }

    /// Its number, for as long as this lives.
    var number: CInt { descriptor.borrowed }

    /// A path as L1 has it, which has this process's folder too.
    static func absolutePath(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(Files.currentFolder)/\(path)"
    }
}
