// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// The format of an image that a command changes.
struct FormatOption: ParsableArguments {
    @Option(
        name: .customShort("f", allowingJoined: true),
        help: ArgumentHelp("The image's format: raw or qcow2.", valueName: "format"))
    var format: String?

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    func reference(_ path: String, cache: CacheMode = .writeback) throws(ToolProblem) -> ImageReference {
        ImageReference(path, format: try apus_image.format(format, "-f"), cache: cache)
    }
}
