// SPDX-License-Identifier: Apache-2.0
internal import CLab
internal import Glibc
internal import Host

/// The kernel modules that the initrd brings, by groups: the file GROUP lists a group's modules in the order in
/// which they load, each in a file NAME.ko beside it.
///
/// The folder stays open, so that modules load on another thread while this process changes its root.
final class Modules: Sendable {
    private let folder: Descriptor

    init(folder path: String) throws(AgentError) {
        do { folder = try Descriptor(path: path, flags: O_RDONLY | O_DIRECTORY) } catch {
            throw AgentError(error.description)
        }
    }

    /// Loads a group. Modules that are loaded already do no harm.
    func load(_ group: String) throws(AgentError) {
        for name in try lines(of: group) {
            let file = try open("\(name).ko")
            let code = CInt(truncatingIfNeeded: -clab_load_module(file.borrowed))
            guard code == 0 || code == EEXIST else {
                throw AgentError("module \(name): \(unsafe String(cString: strerror(code)))")
            }
        }
    }

    private func lines(of name: String) throws(AgentError) -> [String] {
        let file = try open(name)
        do throws(SystemCallError) {
            let text = try file.read(at: 0, count: Int(try file.status().byteCount))
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        } catch {
            throw AgentError(error.description)
        }
    }

    private func open(_ name: String) throws(AgentError) -> Descriptor {
        let number = unsafe openat(folder.borrowed, name, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw AgentError.system("modules/\(name)") }
        return Descriptor(owning: number)
    }
}
