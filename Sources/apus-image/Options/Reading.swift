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

/// How files are written (`-t`) or read (`-T`).
func cacheMode(_ name: String?, _ option: String, byDefault mode: CacheMode = .writeback) throws(ToolProblem)
    -> CacheMode
{
    guard let name else { return mode }
    return try CacheMode(named: name, option: option)
}

/// At most so many bytes in a second (`-r`).
func rate(_ text: String?) throws(ToolProblem) -> UInt64? {
    guard let text else { return nil }
    let rate = try ImageSize.parse(text, "-r")
    guard rate > 0 else {
        throw ToolProblem(
            "-r \(text)", found: "at that rate nothing would be copied", remedy: "leave it out for no limit")
    }
    return rate
}
