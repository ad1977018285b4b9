// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image bitmap`.
struct Bitmap: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change the dirty bitmaps kept in an image.")

    @Option(
        name: .customShort("f", allowingJoined: true), help: ArgumentHelp("The image's format.", valueName: "format"))
    var format: String?

    @Option(
        name: .customShort("g", allowingJoined: true),
        help: ArgumentHelp("Bytes that a bit of a new bitmap stands for (default: 64k).", valueName: "size"))
    var granularity: String?

    @Option(
        name: .customShort("b", allowingJoined: true),
        help: ArgumentHelp("The image whose bitmaps --merge takes.", valueName: "path"))
    var sourceImage: String?

    @Option(
        name: .customShort("F", allowingJoined: true),
        help: ArgumentHelp("That image's format.", valueName: "format"))
    var sourceFormat: String?

    @Flag(help: "Make it.")
    var add = false

    @Flag(help: "Delete it.")
    var remove = false

    @Flag(help: "Clear every bit.")
    var clear = false

    @Flag(help: "Record from now on.")
    var enable = false

    @Flag(help: "Record no longer.")
    var disable = false

    @Option(help: ArgumentHelp("Set the bits of another one too.", valueName: "name"))
    var merge: [String] = []

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    @Argument(help: ArgumentHelp("The bitmap's name.", valueName: "bitmap"))
    var name: String

    func run() throws {
        var actions: [BitmapCommand.Action] = []
        if add { actions.append(.add) }
        if remove { actions.append(.remove) }
        if clear { actions.append(.clear) }
        if enable { actions.append(.enable) }
        if disable { actions.append(.disable) }
        actions += merge.map { .merge($0) }
        let image = ImageReference(path, format: try apus_image.format(format, "-f"))
        try finish(BitmapCommand(image, name: name, actions: actions).run(ToolSession()))
    }
}
