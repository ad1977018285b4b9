// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import GuestKit
internal import Launcher

/// `apus image`: the image tool, which is a program of its own beside this one.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Make, copy, look at and change disk images, as qemu-img does.",
        discussion: "apus image --help tells its commands.")

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var arguments: [String] = []

    func run() throws {
        let folder = Launcher.programPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let path = folder.joined(separator: "/") + "/apus-image"
        let reason = ProgramReplacement.replace(with: path, arguments: arguments)
        Progress().say("image: \(path): the image tool is not there (\(reason)); install apus-image beside apus")
        throw ExitCode(1)
    }
}
