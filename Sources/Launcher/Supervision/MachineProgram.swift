// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import GuestKit

/// The program that runs one machine.
enum MachineProgram {
    private static let name = "apus-vmm"
    /// Names another one.
    private static let variable = "APUS_VMM"

    /// Its path: beside this program, unless the environment names another one.
    static func path() throws(LaunchProblem) -> String {
        let path = Environment.value(variable) ?? "\(folderOfThisProgram)/\(name)"
        guard unsafe access(path, X_OK) == 0 else {
            throw LaunchProblem(
                path, found: "the program that runs a machine is not there",
                remedy: "install \(name) beside apus, or name it in \(variable)", exitCode: .internalError)
        }
        return path
    }

    /// The part of the environment that it gets: nothing that is none of its business.
    static var environment: [String] {
        let prefixes = ["PATH=", "LD_LIBRARY_PATH=", "SWIFT_", "APUS_"]
        return Environment.all.filter { variable in prefixes.contains { variable.hasPrefix($0) } }
    }

    /// The folder that this process's program lies in.
    static var folderOfThisProgram: String { Files.folder(of: thisProgram) }

    /// The path of this process's program.
    static var thisProgram: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
