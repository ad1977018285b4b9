// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image info`.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what an image is.")

    @OptionGroup var source: SourceOptions
    @OptionGroup var result: OutputOptions

    @Flag(help: "Tell the backing images too.")
    var backingChain = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        let command = InfoCommand(try source.reference(path), output: result.output, showsChain: backingChain)
        try finish(command.run(ToolSession()))
    }
}
