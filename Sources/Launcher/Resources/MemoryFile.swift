// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// Unnamed files in memory (memfd_create(2)).
enum MemoryFile {
    /// Makes a file of these bytes, which is read from its beginning.
    ///
    /// - Parameter name: What `/proc` shows.
    static func make(_ name: String, _ bytes: [UInt8] = []) throws(SystemCallError) -> Descriptor {
        let number = unsafe memfd_create(name, CUnsignedInt(MFD_CLOEXEC))
        guard number >= 0 else { throw SystemCallError(call: "memfd_create", code: errno) }
        let file = Descriptor(owning: number)
        try file.writeAll(bytes)
        guard lseek(number, 0, SEEK_SET) == 0 else { throw SystemCallError(call: "lseek", code: errno) }
        return file
    }
}
