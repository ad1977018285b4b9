// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// How a result is told.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("human or json.", valueName: "how"))
    var output = OutputFormat.human
}
