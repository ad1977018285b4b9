// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import GuestKit
internal import Host

/// Has the header of an image read by a process that has no rights: `apus-vmm --image-header`.
enum ImageProbe {
    /// What the header says. The answer is anybody's, as the image is, and is checked here.
    ///
    /// - Parameter image: The image, open in any way.
    static func report(of image: borrowing Descriptor, path: String) throws(LaunchProblem) -> ImageHeaderReport {
        let program = try MachineProgram.path()
        let answer: (text: String, status: CInt)
        do throws(SystemCallError) { answer = try ask(program, image) } catch { throw LaunchProblem(internal: error) }
        if answer.status == 0, let report = ImageHeaderReport(text: answer.text) { return report }
        let prefix = "error "
        guard answer.status == ExitCode.badInput.rawValue, answer.text.hasPrefix(prefix) else {
            throw LaunchProblem(
                path, found: "the process that reads its header ended with status \(answer.status) and no answer",
                remedy: "do not use this image: it may be made to do harm", exitCode: .badInput)
        }
        let sentence = String(answer.text.dropFirst(prefix.count).prefix { !$0.isNewline })
        throw LaunchProblem(
            path, found: "it cannot be used as qcow2: \(ImageHeaderReport.shown(sentence))",
            remedy: "look at it with apus image check, or give its right format", exitCode: .badInput)
    }

    private static func ask(
        _ program: String, _ image: borrowing Descriptor
    ) throws(SystemCallError) -> (text: String, status: CInt) {
        // A file of its own, which can be read alone.
        let readable = try Descriptor(path: "/proc/self/fd/\(image.borrowed)", flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(call: "pipe2", code: errno) }
        let near = Descriptor(owning: ends[0])
        let far = Descriptor(owning: ends[1])
        let child = try ChildProcess(
            path: program, arguments: ["--image-header", "3"], environment: MachineProgram.environment,
            descriptors: [null.borrowed, far.borrowed, null.borrowed, readable.borrowed], ownSession: true)
        _ = consume far
        var bytes: [UInt8] = []
        while bytes.count <= ImageHeaderReport.maximumByteCount {
            // An error is an answer that is cut, and is refused as one.
            guard let more = try? near.read(upTo: 4096), !more.isEmpty else { break }
            bytes += more
        }
        // Who says more than a report has is not waited for.
        if bytes.count > ImageHeaderReport.maximumByteCount { child.kill() }
        return (String(decoding: bytes, as: UTF8.self), child.wait())
    }
}
