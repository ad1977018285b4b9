// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// The image that a command works on, and how it is opened.
struct SourceOptions: ParsableArguments {
    @Option(
        name: .customShort("f", allowingJoined: true),
        help: ArgumentHelp("The image's format: raw, qcow2 or vmdk.", valueName: "format"))
    var format: String?

    @Flag(
        name: [.customShort("U"), .customLong("force-share")],
        help: "Read it though others are using it; what is read may be old or torn.")
    var forceShare = false

    func reference(_ path: String, cache: CacheMode = .writeback) throws(ToolProblem) -> ImageReference {
        ImageReference(
            path, format: try apus_image.format(format, "-f"), sharesLocks: forceShare, cache: cache)
    }
}
