// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a guest's kernel or initrd could not be provided.
package enum GuestKitError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A program that the host lacks, and the package that holds it.
    case missingTool(name: String, package: String)
    /// A program ended with a status other than 0; `output` is what it said last.
    case toolFailed(command: String, status: CInt, output: String)
    /// apt knows no package of that name; `output` is what it said.
    case unknownPackage(String, output: String)
    /// The package could not be downloaded.
    case download(package: String, command: String, output: String)
    /// A package does not hold a file that it should.
    case missingFile(String, package: String)
    /// A kernel image that cannot be unpacked, and why.
    case kernelImage(path: String, SetupHeaderError)
    /// The unpacked kernel is not what its header promised.
    case kernelPayload(path: String, found: String)
    /// A kernel's module that is not built as this version knows it.
    case unknownModule(name: String)
    /// No folder to keep files in: neither `APUS_CACHE` nor `XDG_CACHE_HOME` nor `HOME` is set.
    case noCacheFolder
    case file(path: String, SystemCallError)

    package var description: String {
        switch self {
        case .missingTool(let name, let package):
            "\(name) is not installed: install the package \(package)"
        case .toolFailed(let command, let status, let output):
            "`\(command)` ended with status \(status): \(output)"
        case .unknownPackage(let name, let output):
            "apt does not know the package \(name)\(output.isEmpty ? "" : " (\(output))"): its lists may be missing; "
                + "run `apt-get update` as root and try again"
        case .download(let package, let command, let output):
            "the package \(package) could not be downloaded by `\(command)`: \(output); "
                + "check the network and `apt-get update`, then try again"
        case .missingFile(let file, let package):
            "the package \(package) holds no \(file); it may be of a newer layout than this version knows"
        case .kernelImage(let path, let error):
            "\(path) is not a kernel that can be unpacked: \(error)"
        case .kernelPayload(let path, let found):
            "\(path) unpacks to \(found), not to the ELF file that its header promises; remove it and try again"
        case .unknownModule(let name):
            "the module \(name) of this kernel is built in another way than this version of Apus knows; use a newer one"
        case .noCacheFolder:
            "there is no folder to keep guest kernels in: set APUS_CACHE to a folder that you may write"
        case .file(let path, let error):
            "\(path): \(error)"
        }
    }
}
