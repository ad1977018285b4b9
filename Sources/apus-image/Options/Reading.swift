// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

extension OutputFormat: ExpressibleByArgument {}
extension CheckCommand.Repair: ExpressibleByArgument {}

/// Ends with a command's status; 0 goes on to the end.
func finish(_ status: Int32) throws {
    if status != 0 { throw ExitCode(status) }
}

/// The format that an option names, where it is there.
func format(_ name: String?, _ option: String) throws(ToolProblem) -> ImageFormat? {
    guard let name else { return nil }
    return try ImageFormat(named: name, option: option)
}

/// How a target is written (`-t`): whether it is made durable at the end.
func flushes(_ cache: String?, byDefault: Bool) throws(ToolProblem) -> Bool {
    switch cache {
    case nil: return byDefault
    case "unsafe": return false
    case "writeback", "writethrough": return true
    default:
        throw ToolProblem(
            "-t \(cache ?? "")", found: "images are written through the page cache",
            remedy: "write writeback, writethrough or unsafe")
    }
}

/// How a source is read (`-T`): the page cache, whatever its name.
func checkSourceCache(_ cache: String?) throws(ToolProblem) {
    do {
        _ = try flushes(cache, byDefault: false)
    } catch {
        throw ToolProblem(
            "-T \(cache ?? "")", found: "images are read through the page cache",
            remedy: "write writeback, writethrough or unsafe")
    }
}
