// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image bitmap`.
struct Bitmap: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Change the dirty bitmaps kept in an image.",
        discussion: """
            What is to be done is done in the order of the command line.
            Example: apus image bitmap -f qcow2 --add --disable disk.qcow2 backup-1
            """)

    @Option(
        name: .customShort("f", allowingJoined: true), help: ArgumentHelp("The image's format.", valueName: "format"))
    var format: String?

    @Option(
        name: .customShort("g", allowingJoined: true),
        help: ArgumentHelp(
            "Bytes that a bit of a new bitmap stands for (default: a cluster, 4k to 64k).", valueName: "size"))
    var granularity: String?

    @Option(
        name: .customShort("b", allowingJoined: true),
        help: ArgumentHelp("The image whose bitmaps --merge takes.", valueName: "path"))
    var sourceImage: String?

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("That image's format.", valueName: "format"))
    var sourceFormat: String?

    @Flag(help: "Make it.")
    var add = false

    @Flag(help: "Delete it.")
    var remove = false

    @Flag(help: "Clear every bit.")
    var clear = false

    @Flag(help: "Record from now on.")
    var enable = false

    @Flag(help: "Record no longer.")
    var disable = false

    @Option(help: ArgumentHelp("Set the bits of another one too.", valueName: "name"))
    var merge: [String] = []

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    @Argument(help: ArgumentHelp("The bitmap's name.", valueName: "bitmap"))
    var name: String

    func run() throws {
        var settings = BitmapCommand.Settings()
        settings.granularity = granularity
        guard sourceFormat == nil || sourceImage != nil else {
            throw ToolProblem("-F", found: "no source image is named", remedy: "name it with -b, or leave it out")
        }
        if let sourceImage {
            settings.source = ImageReference(sourceImage, format: try apus_image.format(sourceFormat, "-F"))
        }
        let image = ImageReference(path, format: try apus_image.format(format, "-f"))
        let actions = actions(in: CommandLine.arguments)
        try finish(BitmapCommand(image, name: name, actions: actions, settings).run(ToolSession()))
    }

    /// The actions in their order, which the parser does not keep. It has made sure that all arguments are right.
    private func actions(in arguments: [String]) -> [BitmapCommand.Action] {
        var sources = merge[...]
        return arguments.prefix { $0 != "--" }.compactMap { argument in
            switch argument {
            case "--add": .add
            case "--remove": .remove
            case "--clear": .clear
            case "--enable": .enable
            case "--disable": .disable
            default:
                argument == "--merge" || argument.hasPrefix("--merge=") ? sources.popFirst().map { .merge($0) } : nil
            }
        }
    }
}
