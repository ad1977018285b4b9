// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image check`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look whether an image's tables are right.")

    @OptionGroup var source: SourceOptions
    @OptionGroup var result: OutputOptions

    @Option(
        name: .customShort("r", allowingJoined: true),
        help: ArgumentHelp("Repair: leaks (room that is lost) or all.", valueName: "what"))
    var repair: CheckCommand.Repair?

    @Option(
        name: .customShort("T", allowingJoined: true),
        help: ArgumentHelp("How the image is read: writeback or none.", valueName: "cache"))
    var cache: String?

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        let command = CheckCommand(
            try source.reference(path, cache: cacheMode(cache, "-T")), repair: repair, output: result.output)
        try finish(command.run(ToolSession(isQuiet: quiet)))
    }
}
