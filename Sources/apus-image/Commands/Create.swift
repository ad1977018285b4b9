// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image create`.
struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an empty image.",
        discussion: "Example: apus image create -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2")

    @OptionGroup var image: FormatOption

    @Option(
        name: .customShort("o", allowingJoined: true),
        help: ArgumentHelp("Options of the format: name=value,name=value.", valueName: "options"))
    var options: [String] = []

    @Option(
        name: .customShort("b", allowingJoined: true), help: ArgumentHelp("The backing image.", valueName: "path"))
    var backing: String?

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("The backing image's format.", valueName: "format"))
    var backingFormat: String?

    @Flag(name: .customShort("u"), help: "Do not look at the backing image.")
    var unsafeBacking = false

    @Argument(help: ArgumentHelp("The image to make.", valueName: "path"))
    var path: String

    @Argument(help: "How many bytes its disk has, such as 10G.")
    var size: String?

    func run() throws {
        var options = try OptionList(self.options)
        if let backing { options.set("backing_file", backing) }
        if let backingFormat { options.set("backing_fmt", backingFormat) }
        let recipe = ImageRecipe(try format(image.format, "-f") ?? .raw, options: options)
        try finish(
            CreateCommand(path, size: size, recipe: recipe, looksAtBacking: !unsafeBacking)
                .run(ToolSession(isQuiet: image.quiet)))
    }
}
