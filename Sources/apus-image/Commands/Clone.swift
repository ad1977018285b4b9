// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image clone`.
struct Clone: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make images that show another one until they are written.",
        discussion: """
            However large the image is, a clone is made at once and takes some pages: it is a qcow2 image over it. From \
            then on the image must not be written any more. Clones are all made or none is, and one that has its name \
            is whole, after a power cut too. Nothing is overwritten.

            Examples:
              apus image clone -f qcow2 debian.qcow2 web.qcow2 mail.qcow2
              apus image clone -f qcow2 --count 1000 debian.qcow2 /srv/vm-%04d.qcow2
              apus image clone -f raw -o size=40G,cluster_size=128k --json debian.img large.qcow2
            """)

    @Option(
        name: .customShort("f", allowingJoined: true),
        help: ArgumentHelp("The image's format: raw, qcow2 or vmdk. It is never guessed.", valueName: "format"))
    var format: String?

    @Option(
        name: .customShort("o", allowingJoined: true),
        help: ArgumentHelp(
            "Options of the clones: name=value,name=value; size= for larger disks.", valueName: "options"))
    var options: [String] = []

    @Option(
        help: ArgumentHelp("Make so many; the one target has %d or %04d for the number, from 1 on.", valueName: "n"))
    var count: UInt64?

    @Flag(help: "Tell the clones as JSON.")
    var json = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "source"))
    var source: String

    @Argument(help: ArgumentHelp("The clones to make.", valueName: "target"))
    var targets: [String]

    func run() throws {
        var settings = CloneCommand.Settings(options: try OptionList(options))
        settings.showsJSON = json
        let reference = ImageReference(source, format: try apus_image.format(format, "-f"))
        try finish(CloneCommand(reference, to: names(), settings).run(ToolSession(isQuiet: quiet)))
    }

    private func names() throws(ToolProblem) -> [String] {
        guard let count else { return targets }
        guard targets.count == 1 else {
            throw ToolProblem("--count", found: "it goes with one target", remedy: "write such as vm-%04d.qcow2")
        }
        return try ClonePattern(targets[0]).names(count)
    }
}
