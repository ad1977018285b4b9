// SPDX-License-Identifier: Apache-2.0

/// What the command line asks for.
struct Options {
    enum Command {
        case list
        case run(Options)
        case mistake(String)
    }

    static let usage = """
        usage: apus-fuzz list
               apus-fuzz ENTRY [--seconds N | --count N] [--seed S] [--from I] [--corpus DIR]
        Runs iterations of ENTRY from number I (0) on, for N seconds (10) or N times. The same seed makes the same
        iterations; each is independent of those before it. DIR is Fuzz/corpus. Exits 1 where something is wrong.
        """

    let entry: String
    var seconds = 10.0
    /// Iterations to run; `nil` where time decides.
    var count: UInt64?
    /// Random where none was given.
    var seed = UInt64.random(in: 0 ... .max)
    var first: UInt64 = 0
    var corpus = "Fuzz/corpus"

    static func parse(_ arguments: [String]) -> Command {
        guard let entry = arguments.first, !entry.hasPrefix("-") else { return .mistake("an entry is missing") }
        if entry == "list" { return .list }
        var options = Options(entry: entry)
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return .mistake("\(option) has no value") }
            guard options.set(option, value) else { return .mistake("\(option) \(value) cannot be understood") }
        }
        return .run(options)
    }

    private init(entry: String) {
        self.entry = entry
    }

    private mutating func set(_ option: String, _ value: String) -> Bool {
        switch option {
        case "--corpus": corpus = value
        case "--seconds":
            guard let number = Double(value), number >= 0, number < 1e9 else { return false }
            seconds = number
        case "--count", "--seed", "--from":
            guard let number = UInt64(value) else { return false }
            if option == "--count" {
                count = number
            } else if option == "--seed" {
                seed = number
            } else {
                first = number
            }
        default: return false
        }
        return true
    }
}
