// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Glibc
internal import ImageTool

/// The command line of `apus image`: qemu-img's commands, options and exit statuses.
@main
struct ApusImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus image", abstract: "Disk images: raw and qcow2, and vmdk to read.",
        discussion: """
            Commands, options and output are qemu-img's. What differs: a format is never guessed where anything is \
            written or copied. Without -f such a command takes an image as raw, and refuses one that looks like \
            another format. Progress (-p) is shown on standard error.

            The exit status is 0 where all went well and 1 where not; compare ends with 1 for images that differ and \
            2 where they could not be compared; check with 2 for a damaged image, 3 where room is lost, and 63 for a \
            format that has nothing to check.
            """,
        subcommands: [
            Bench.self, Bitmap.self, Check.self, Clone.self, Commit.self, Compare.self, Convert.self, Create.self,
            CopyBlocks.self, Info.self, Map.self, Measure.self, Rebase.self, Resize.self, Serve.self, Snapshot.self,
        ])

    static func main() {
        let arguments = ArgumentsReading.prepared(Array(CommandLine.arguments.dropFirst()))
        do {
            try ArgumentsReading.checkText()
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            end(error, arguments)
        }
    }

    private static func end(_ error: any Error, _ arguments: [String]) -> Never {
        if let problem = error as? ToolProblem {
            Console.complain("\(problem)")
            Glibc.exit(problem.exitStatus)
        }
        if let status = error as? ExitCode { Glibc.exit(status.rawValue) }
        // What is left is the parser's: help, which it prints, or a command line that is wrong.
        if exitCode(for: error).isSuccess { exit(withError: error) }
        Console.complain("\(message(for: error)); apus image \(arguments.first ?? "") --help tells more")
        Glibc.exit(arguments.first == "compare" ? CompareCommand.failed : 1)
    }
}
