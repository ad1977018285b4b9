// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image resize`.
struct Resize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an image larger or smaller.",
        discussion: "Examples: apus image resize -f raw disk.img +1G; apus image resize -f raw --shrink disk.img -1G")

    @OptionGroup var image: FormatOption

    @Option(help: ArgumentHelp("Room for what is new: off, metadata, falloc or full.", valueName: "how"))
    var preallocation = "off"

    @Flag(help: "What lies behind the new end may be lost.")
    var shrink = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    @Argument(help: "Its new size; +SIZE or -SIZE for a difference.")
    var size: String

    func run() throws {
        let command = try ResizeCommand(
            image.reference(path), size: size, preallocation: preallocation, mayShrink: shrink)
        try finish(command.run(ToolSession(isQuiet: image.quiet)))
    }
}
