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
    static func make(byteCount: UInt64) throws(LabError) -> Descriptor {
        let file = try open(in: Environment.value("TMPDIR") ?? "/var/tmp", byteCount)
        let path = "/proc/\(getpid())/fd/\(file.borrowed)"
        do throws(GuestKitError) {
            let options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
            try Tool.run("mkfs.ext4", ["-q", "-F", "-m", "0", "-E", options, path], package: "e2fsprogs")
        } catch {
            throw .kit(error)
        }
        return file
    }

    private static func openNameless(in folder: String) throws(SystemCallError) -> Descriptor {
        do throws(SystemCallError) {
            return try Descriptor(path: folder, flags: O_RDWR | namelessFile)
        } catch {
            // A file system that cannot make nameless files says so by one of these.
            guard error.code == EOPNOTSUPP || error.code == EISDIR || error.code == ENOENT else { throw error }
            let path = "\(folder)/apus-scratch-\(getpid())-\(UInt64.random(in: 0 ... .max))"
            let file = try Descriptor(path: path, flags: O_RDWR | O_CREAT | O_EXCL)
            unsafe unlink(path)
            return file
        }
    }

    private static func open(in folder: String, _ byteCount: UInt64) throws(LabError) -> Descriptor {
        do throws(SystemCallError) {
            let file = try openNameless(in: folder)
            guard ftruncate(file.borrowed, off_t(byteCount)) == 0 else {
                throw SystemCallError(call: "ftruncate(scratch disk)", code: errno)
            }
            return file
        } catch {
            throw .system(error)
        }
    }
}
