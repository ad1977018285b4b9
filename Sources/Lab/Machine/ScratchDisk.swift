// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import GuestKit
internal import Host

/// The lab's disk: a sparse file without a name that holds an empty ext4, gone with the last process that has it open.
enum ScratchDisk {
    /// O_TMPFILE, which is no plain number in C.
    private static let namelessFile: CInt = 0o20_200_000

    /// Makes the disk in the folder that `TMPDIR` names, else in `/var/tmp`.
    static func make(_ size: ByteSize) throws(LabError) -> Descriptor {
        let file = try open(in: Environment.value("TMPDIR") ?? "/var/tmp", size)
        let path = "/proc/\(getpid())/fd/\(file.borrowed)"
        do throws(GuestKitError) {
            let options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
            try Tool.run("mkfs.ext4", ["-q", "-F", "-m", "0", "-E", options, path], package: "e2fsprogs")
        } catch {
            throw .kit(error)
        }
        return file
    }

    private static func open(in folder: String, _ size: ByteSize) throws(LabError) -> Descriptor {
        do throws(SystemCallError) {
            let file = try Descriptor(path: folder, flags: O_RDWR | namelessFile)
            guard ftruncate(file.borrowed, off_t(size.byteCount)) == 0 else {
                throw SystemCallError(call: "ftruncate(scratch disk)", code: errno)
            }
            return file
        } catch {
            throw .system(error)
        }
    }
}
