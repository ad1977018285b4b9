// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image convert`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy images into an image of another format.",
        discussion: """
            Examples:
              apus image convert -p -f vmdk -O qcow2 disk.vmdk disk.qcow2
              apus image convert -f qcow2 -l monday -O raw disk.qcow2 monday.img
              apus image convert --salvage -f raw -O qcow2 -c /dev/sdb rescued.qcow2
            """)

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
        help: ArgumentHelp(
            "The snapshot to copy: its id or name, or snapshot.id=ID,snapshot.name=NAME.", valueName: "snapshot"))
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
        help: ArgumentHelp("writeback, writethrough, none, directsync or unsafe (default: unsafe).", valueName: "cache")
    )
    var cache: String?

    @Option(
        name: .customShort("T", allowingJoined: true),
        help: ArgumentHelp("How the source is read: writeback or none.", valueName: "cache"))
    var sourceCache: String?

    @Option(
        name: .customShort("r", allowingJoined: true),
        help: ArgumentHelp("Copy at most so many bytes in a second.", valueName: "size"))
    var rate: String?

    @Flag(name: .customShort("C"), help: "Have the kernel copy from file to file where it can.")
    var copyOffload = false

    @Flag(help: "Put zeros for what cannot be read, and go on.")
    var salvage = false

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
        let mode = try cacheMode(sourceCache, "-T")
        for path in paths.dropLast() { references.append(try source.reference(path, cache: mode)) }
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
        var settings = ConvertCommand.Settings()
        if let sparse { settings.sparseByteCount = try ImageSize.parse(sparse, "-S") }
        settings.keepsTarget = keepTarget
        settings.targetReadsZeros = targetIsZero
        settings.compresses = compress
        settings.showsProgress = progress && !quiet
        settings.offloads = copyOffload
        settings.salvages = salvage
        settings.targetFormat = try format(outputFormat, "-O")
        settings.cache = try cacheMode(cache, "-t", byDefault: .unsafe)
        settings.bytesPerSecond = try apus_image.rate(rate)
        settings.snapshot = try snapshot.map { text throws(ToolProblem) in try SnapshotChoice(text) }
        settings.copiesBitmaps = bitmaps
        settings.skipsBrokenBitmaps = skipBrokenBitmaps
        return settings
    }
}
