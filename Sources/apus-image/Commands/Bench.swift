// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure how long requests to an image take.")

    @OptionGroup var source: SourceOptions

    @Option(name: .customShort("c", allowingJoined: true), help: ArgumentHelp("Requests.", valueName: "n"))
    var count: UInt64 = 75_000

    @Option(
        name: .customShort("d", allowingJoined: true),
        help: ArgumentHelp("Requests at a time; one at a time is what there is.", valueName: "n"))
    var depth: UInt64 = 1

    @Option(
        name: .customShort("s", allowingJoined: true), help: ArgumentHelp("Bytes of a request.", valueName: "size"))
    var requestSize = "4096"

    @Option(
        name: .customShort("S", allowingJoined: true),
        help: ArgumentHelp("From one request to the next (default: a request's size).", valueName: "size"))
    var stepSize = "0"

    @Option(
        name: .customShort("o", allowingJoined: true), help: ArgumentHelp("Where to begin.", valueName: "offset"))
    var offset = "0"

    @Option(
        name: .customShort("t", allowingJoined: true),
        help: ArgumentHelp("writeback, writethrough, none, directsync or unsafe.", valueName: "cache"))
    var cache: String?

    @Option(help: ArgumentHelp("The byte to write, 0 to 255.", valueName: "byte"))
    var pattern: UInt8 = 0

    @Option(help: ArgumentHelp("Flush after that many writes.", valueName: "n"))
    var flushInterval: UInt64 = 0

    @Flag(name: .customShort("w"), help: "Write instead of reading.")
    var write = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        var settings = BenchCommand.Settings()
        settings.requestCount = count
        settings.requestByteCount = try ImageSize.parse(requestSize, "-s")
        settings.stepByteCount = try ImageSize.parse(stepSize, "-S")
        settings.offset = try ImageSize.parse(offset, "-o")
        settings.writes = write
        settings.pattern = pattern
        settings.flushInterval = flushInterval
        try finish(
            BenchCommand(source.reference(path, cache: cacheMode(cache, "-t")), settings).run(
                ToolSession(isQuiet: quiet)))
    }
}
