// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image compare`.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say whether two images have the same contents.")

    @OptionGroup var source: SourceOptions

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("The second image's format.", valueName: "format"))
    var secondFormat: String?

    @Option(
        name: .customShort("T", allowingJoined: true),
        help: ArgumentHelp("How the images are read: writeback or none.", valueName: "cache"))
    var cache: String?

    @Flag(name: .customShort("s"), help: "Size and allocation must be the same too.")
    var strict = false

    @Flag(name: .customShort("p"), help: "Show progress.")
    var progress = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The first image.", valueName: "path"))
    var first: String

    @Argument(help: ArgumentHelp("The second image.", valueName: "path"))
    var second: String

    func run() throws {
        do throws(ToolProblem) {
            let mode = try cacheMode(cache, "-T")
            let other = ImageReference(
                second, format: try format(secondFormat, "-F"), sharesLocks: source.forceShare, cache: mode)
            let command = CompareCommand(
                try source.reference(first, cache: mode), other, isStrict: strict, showsProgress: progress && !quiet)
            let status = try command.run(ToolSession(isQuiet: quiet))
            if status != 0 { throw ToolProblem(nil, found: "", exitStatus: status) }
        } catch {
            // Images that differ have been told.
            if error.found.isEmpty { throw ExitCode(error.exitStatus) }
            throw error.exitStatus == 1 ? error.exiting(CompareCommand.failed) : error
        }
    }
}
