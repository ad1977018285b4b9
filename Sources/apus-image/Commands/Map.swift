// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image map`.
struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say where an image's contents lie.")

    @OptionGroup var source: SourceOptions
    @OptionGroup var result: OutputOptions

    @Option(
        name: [.customShort("s", allowingJoined: true), .customLong("start-offset")],
        help: ArgumentHelp("Where to begin.", valueName: "size"))
    var start = "0"

    @Option(
        name: [.customShort("l", allowingJoined: true), .customLong("max-length")],
        help: ArgumentHelp("How far to go.", valueName: "size"))
    var maxLength: String?

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        let command = MapCommand(
            try source.reference(path), output: result.output, start: try ImageSize.parse(start, "--start-offset"),
            maximumLength: try maxLength.map { text throws(ToolProblem) in try ImageSize.parse(text, "--max-length") })
        try finish(command.run(ToolSession()))
    }
}
