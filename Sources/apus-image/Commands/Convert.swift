// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image convert`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy images into an image of another format.",
        discussion: "Example: apus image convert -p -f vmdk -O qcow2 disk.vmdk disk.qcow2")

    @OptionGroup var source: SourceOptions

    @Option(
        name: .customShort("O", allowingJoined: true),
        help: ArgumentHelp("The format to make (default: raw).", valueName: "format"))
    var outputFormat: String?

    @Option(
        name: .customShort("o", allowingJoined: true),
        help: ArgumentHelp("Options of the format to make: name=value,name=value.", valueName: "options"))
    var options: [String] = []

    @Option(
        name: .customShort("B", allowingJoined: true),
        help: ArgumentHelp("The backing image of the image to make.", valueName: "path"))
    var backing: String?

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("The backing image's format.", valueName: "format"))
    var backingFormat: String?

    @Option(
        name: .customShort("l", allowingJoined: true),
        help: ArgumentHelp("The snapshot to copy, by its id or name.", valueName: "snapshot"))
    var snapshot: String?

    @Option(
        name: .customShort("S", allowingJoined: true),
        help: ArgumentHelp("Zeros in a row that become a hole (default: 4k); 0 for no holes.", valueName: "size"))
    var sparse: String?

    @Option(
        name: .customShort("m", allowingJoined: true),
        help: ArgumentHelp("Requests at a time, 1 to 16; one at a time is what there is.", valueName: "n"))
    var requests = 8

    @Option(
        name: .customShort("t", allowingJoined: true),
        help: ArgumentHelp("writeback or unsafe (default: unsafe).", valueName: "cache"))
    var cache: String?

    @Option(
        name: .customShort("T", allowingJoined: true),
        help: ArgumentHelp("writeback: how the source is read.", valueName: "cache"))
    var sourceCache: String?

    @Flag(name: .customShort("c"), help: "Compress.")
    var compress = false

    @Flag(name: .customShort("n"), help: "Write into an image that is there.")
    var keepTarget = false

    @Flag(help: "The image that is there reads as zeros.")
    var targetIsZero = false

    @Flag(help: "Copy the dirty bitmaps too.")
    var bitmaps = false

    @Flag(help: "Leave out bitmaps that are inconsistent.")
    var skipBrokenBitmaps = false

    @Flag(name: .customShort("W"), help: "Writes need not be in order.")
    var outOfOrder = false

    @Flag(name: .customShort("p"), help: "Show progress.")
    var progress = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The images to copy, and the one to make.", valueName: "path"))
    var paths: [String]

    func run() throws {
        guard paths.count >= 2, let target = paths.last else {
            throw ToolProblem(nil, found: "the image to make is missing", remedy: "name a source and a target")
        }
        guard (1...16).contains(requests) else {
            throw ToolProblem("-m \(requests)", found: "it is not a number from 1 to 16", remedy: "write such a number")
        }
        var references: [ImageReference] = []
        for path in paths.dropLast() { references.append(try source.reference(path)) }
        try finish(
            ConvertCommand(references, to: target, recipe: recipe(), settings: settings())
                .run(ToolSession(isQuiet: quiet)))
    }

    private func recipe() throws -> ImageRecipe {
        var list = try OptionList(options)
        if let backing { list.set("backing_file", backing) }
        if let backingFormat { list.set("backing_fmt", backingFormat) }
        return ImageRecipe(try format(outputFormat, "-O") ?? .raw, options: list)
    }

    private func settings() throws -> ConvertCommand.Settings {
        try checkSourceCache(sourceCache)
        var settings = ConvertCommand.Settings()
        if let sparse { settings.sparseByteCount = try ImageSize.parse(sparse, "-S") }
        settings.keepsTarget = keepTarget
        settings.targetReadsZeros = targetIsZero
        settings.compresses = compress
        settings.showsProgress = progress && !quiet
        settings.flushes = try flushes(cache, byDefault: false)
        settings.snapshot = snapshot
        settings.copiesBitmaps = bitmaps
        settings.skipsBrokenBitmaps = skipBrokenBitmaps
        return settings
    }
}
