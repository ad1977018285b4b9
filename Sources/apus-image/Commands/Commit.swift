// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image commit`.
struct Commit: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Move an image's contents down into its backing image.")

    @OptionGroup var image: FormatOption

    @Option(
        name: .customShort("b", allowingJoined: true),
        help: ArgumentHelp(
            "The image of the chain that the contents go to; the image itself stays as it is then.", valueName: "path"))
    var base: String?

    @Option(
        name: .customShort("t", allowingJoined: true),
        help: ArgumentHelp(
            "writeback, writethrough, none, directsync or unsafe (default: writeback).", valueName: "cache"))
    var cache: String?

    @Option(
        name: .customShort("r", allowingJoined: true),
        help: ArgumentHelp("Copy at most so many bytes in a second.", valueName: "size"))
    var rate: String?

    @Flag(name: .customShort("d"), help: "Leave the image as it is, instead of emptying it.")
    var keep = false

    @Flag(name: .customShort("p"), help: "Show progress.")
    var progress = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        var settings = CommitCommand.Settings()
        settings.base = base
        settings.empties = !keep
        settings.cache = try cacheMode(cache, "-t")
        settings.bytesPerSecond = try apus_image.rate(rate)
        settings.showsProgress = progress && !image.quiet
        try finish(
            CommitCommand(image.reference(path, cache: settings.cache), settings).run(ToolSession(isQuiet: image.quiet))
        )
    }
}
