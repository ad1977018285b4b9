// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

extension Preparation {
    private static let capabilities = "/proc/self/status"
    /// CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER and CAP_FSETID.
    private static let ownersCapabilities: UInt64 = 0b1_1011

    /// Opens the place of a shared directory, and nothing in it.
    func openShare(_ index: Int) {
        let share = request.shares[index]
        guard case .path(let path) = share.source else { return }
        let owners = share.owners ?? (geteuid() == 0 ? .passthrough : .squash)
        do throws(LaunchProblem) {
            let directory = try Self.open(path)
            try Self.check(owners, path: path, isReadOnly: share.readOnly)
            machine.shares[index].owners = owners
            machine.shares[index].source = .descriptor(table.hand(directory))
        } catch {
            problems.append(error)
        }
        // The machine's process has one for each file that the guest holds.
        DescriptorLimit.raise()
    }

    private static func open(_ path: String) throws(LaunchProblem) -> Descriptor {
        do {
            // The last link is followed: who names the directory may name it so. None is from here on.
            return try Descriptor(path: path, flags: O_PATH | O_DIRECTORY)
        } catch {
            let (found, remedy): (String, String) =
                switch error.code {
                case ENOENT: ("there is no such directory", "make it (mkdir PATH), or correct the path")
                case ENOTDIR: ("this is no directory", "give the path of a directory")
                case EACCES: ("you have no right to reach this directory", "give yourself the right")
                default: ("the directory cannot be opened: \(error.reason)", "give another one")
                }
            throw LaunchProblem(path, found: found, remedy: remedy, exitCode: .badInput)
        }
    }

    private static func check(_ owners: ShareOwners, path: String, isReadOnly: Bool) throws(LaunchProblem) {
        guard unsafe access(path, R_OK | X_OK | (isReadOnly ? 0 : W_OK)) == 0 else {
            throw LaunchProblem(
                path, found: "you have no right to \(isReadOnly ? "read" : "write") this directory",
                remedy: "give yourself the right\(isReadOnly ? "" : ", or write readonly")", exitCode: .badInput)
        }
        switch owners {
        case .squash: break
        case .passthrough:
            guard isReadOnly || mayChangeOwners() else {
                throw LaunchProblem(
                    path, found: "owners=passthrough gives files to any user, for which you have no right",
                    remedy: "run as root, or write owners=mapped or owners=squash", exitCode: .hostUnable)
            }
        case .mapped:
            guard unsafe getxattr(path, "user.virtfs.uid", nil, 0) >= 0 || errno != EOPNOTSUPP else {
                throw LaunchProblem(
                    path, found: "owners=mapped wants extended attributes, which this file system has not",
                    remedy: "put the directory on ext4, XFS or Btrfs, or write owners=squash", exitCode: .badInput)
            }
        }
    }

    private static func mayChangeOwners() -> Bool {
        guard let status = try? Descriptor(path: capabilities, flags: O_RDONLY),
            let text = try? status.readToEnd()
        else { return geteuid() == 0 }
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "CapEff:".utf8) {
            let digits = String(decoding: line.dropFirst("CapEff:".utf8.count).drop { $0 <= 0x20 }, as: UTF8.self)
            return UInt64(digits, radix: 16).map { $0 & ownersCapabilities == ownersCapabilities } ?? false
        }
        return false
    }
}
