// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image dd`.
struct CopyBlocks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dd", abstract: "Copy a part of an image, told in blocks.",
        discussion: "Example: apus image dd -f raw -O raw bs=1M count=16 if=disk.img of=front.img")

    @OptionGroup var source: SourceOptions

    @Option(
        name: .customShort("O", allowingJoined: true),
        help: ArgumentHelp("The format to make (default: raw).", valueName: "format"))
    var outputFormat: String?

    @Argument(help: ArgumentHelp("if=PATH of=PATH [bs=SIZE] [count=N] [skip=N]", valueName: "operand"))
    var operands: [String]

    func run() throws {
        let recipe = ImageRecipe(try format(outputFormat, "-O") ?? .raw, options: try OptionList([]))
        let command = try CopyBlocksCommand(
            operands: operands, format: format(source.format, "-f"), recipe: recipe, sharesLocks: source.forceShare)
        try finish(command.run(ToolSession()))
    }
}
