// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image rebase`.
struct Rebase: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give an image another backing image.")

    @OptionGroup var source: SourceOptions

    @Option(
        name: .customShort("b", allowingJoined: true),
        help: ArgumentHelp("The new backing image; empty for none.", valueName: "path"))
    var backing: String

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("The new backing image's format.", valueName: "format"))
    var backingFormat: String?

    @Option(
        name: .customShort("t", allowingJoined: true),
        help: ArgumentHelp(
            "writeback, writethrough, none, directsync or unsafe (default: writeback).", valueName: "cache"))
    var cache: String?

    @Option(
        name: .customShort("T", allowingJoined: true),
        help: ArgumentHelp("How the new backing image is read: writeback or none.", valueName: "cache"))
    var sourceCache: String?

    @Flag(name: .customShort("u"), help: "Only write the new name down: the contents are the same.")
    var unsafeRebase = false

    @Flag(name: .customShort("p"), help: "Show progress.")
    var progress = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        var settings = RebaseCommand.Settings()
        settings.backing = backing.isEmpty ? nil : backing
        settings.backingFormat = try format(backingFormat, "-F")
        settings.isNameOnly = unsafeRebase
        settings.cache = try cacheMode(cache, "-t")
        settings.backingCache = try cacheMode(sourceCache, "-T")
        settings.showsProgress = progress && !quiet
        try finish(
            RebaseCommand(source.reference(path, cache: settings.cache), settings).run(ToolSession(isQuiet: quiet)))
    }
}
