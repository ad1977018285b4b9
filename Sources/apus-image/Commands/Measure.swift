// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image measure`.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how much room an image would take in a format.",
        discussion: "Examples: apus image measure -f raw -O qcow2 disk.img; apus image measure --size 10G -O qcow2")

    @OptionGroup var source: SourceOptions
    @OptionGroup var result: OutputOptions

    @Option(
        name: .customShort("O", allowingJoined: true),
        help: ArgumentHelp("The format (default: raw).", valueName: "format"))
    var outputFormat: String?

    @Option(
        name: .customShort("o", allowingJoined: true),
        help: ArgumentHelp("Options of the format: name=value,name=value.", valueName: "options"))
    var options: [String] = []

    @Option(help: "Measure an image of that size, instead of one that is there.")
    var size: String?

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String?

    func run() throws {
        let recipe = ImageRecipe(try format(outputFormat, "-O") ?? .raw, options: try OptionList(options))
        try finish(MeasureCommand(subject(), as: recipe, output: result.output).run(ToolSession()))
    }

    private func subject() throws(ToolProblem) -> MeasureCommand.Subject {
        switch (path, size) {
        case (let path?, nil): return .image(try source.reference(path))
        case (nil, let size?): return .byteCount(try ImageSize.parse(size, "--size"))
        default:
            throw ToolProblem(nil, found: "either an image or --size is measured", remedy: "name one of both")
        }
    }
}
