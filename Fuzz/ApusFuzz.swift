// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// `apus-fuzz`: offers hostile input to one parser or device until its time or its count is over.
@main
enum ApusFuzz {
    static func main() {
        switch Options.parse(Array(CommandLine.arguments.dropFirst())) {
        case .list:
            for entry in FuzzEntry.all { print(entry.name) }
        case .run(let options):
            exit(run(options))
        case .mistake(let sentence):
            say("\(sentence)\n\(Options.usage)")
            exit(64)
        }
    }

    private static func run(_ options: Options) -> Int32 {
        guard let entry = FuzzEntry.all.first(where: { $0.name == options.entry }) else {
            say("there is no entry \(options.entry); apus-fuzz list names them")
            return 64
        }
        do {
            return try FuzzRun(entry, options).run() ? 0 : 1
        } catch {
            say("\(entry.name) cannot start: \(error)")
            return 69
        }
    }

    /// Writes a line to standard error.
    static func say(_ line: String) {
        let bytes = Array("apus-fuzz: \(line)\n".utf8)
        _ = unsafe write(2, bytes, bytes.count)
    }
}
