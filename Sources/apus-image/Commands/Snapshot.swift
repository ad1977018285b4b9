// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image snapshot`.
struct Snapshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, make, apply or delete the snapshots inside an image.")

    @OptionGroup var source: SourceOptions

    @Flag(name: .customShort("l"), help: "List them; the default.")
    var list = false

    @Option(name: .customShort("c", allowingJoined: true), help: ArgumentHelp("Make one.", valueName: "name"))
    var create: String?

    @Option(name: .customShort("a", allowingJoined: true), help: ArgumentHelp("Go back to one.", valueName: "name"))
    var apply: String?

    @Option(name: .customShort("d", allowingJoined: true), help: ArgumentHelp("Delete one.", valueName: "name"))
    var delete: String?

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but problems.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String

    func run() throws {
        try finish(SnapshotCommand(source.reference(path), action()).run(ToolSession(isQuiet: quiet)))
    }

    private func action() throws(ToolProblem) -> SnapshotCommand.Action {
        var actions: [SnapshotCommand.Action] = list ? [.list] : []
        if let create { actions.append(.create(create)) }
        if let apply { actions.append(.apply(apply)) }
        if let delete { actions.append(.delete(delete)) }
        guard actions.count <= 1 else {
            throw ToolProblem(nil, found: "-l, -c, -a and -d exclude each other", remedy: "say one of them")
        }
        guard actions.first == .list || actions.isEmpty || !source.forceShare else {
            throw ToolProblem("-U", found: "what others use is not changed", remedy: "leave it out")
        }
        return actions.first ?? .list
    }
}
