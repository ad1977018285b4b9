// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host
internal import Machine

/// Reads the header of an image for the launcher, which opens what that names and never reads one itself.
///
/// A process of its own, which has the image, a pipe and nothing else, and gives up every right but to use these.
enum ImageHeaderProbe {
    /// Who owns no file (nobody).
    private static let nobody: uid_t = 65534

    /// Writes an `ImageHeaderReport` to standard output, or a line that begins with `error`.
    ///
    /// - Parameter number: The image, open for reading.
    /// - Returns: What the process exits with.
    static func main(image number: Int32) -> Int32 {
        do {
            let file = try FileNode(owning: try Inherited.take(number, "image"), isReadOnly: true)
            giveUpRights()
            try ThreadFilters.imageHeader.install()
            let report = try ImageHeaderReport(try Qcow2Header(readingFrom: file))
            try write(report.text)
            return ExitCode.success.rawValue
        } catch {
            do { try write("error \(error)\n") } catch { return ExitCode.internalError.rawValue }
            return ExitCode.badInput.rawValue
        }
    }

    /// Where the namespace has no such user this changes nothing, and the filter leaves no call that rights are good for.
    private static func giveUpRights() {
        guard geteuid() == 0 else { return }
        _ = setgroups(0, nil)
        _ = setresgid(nobody, nobody, nobody)
        _ = setresuid(nobody, nobody, nobody)
    }

    private static func write(_ text: String) throws(SystemCallError) {
        try Descriptor(owning: STDOUT_FILENO).writeAll(Array(text.utf8))
    }
}
