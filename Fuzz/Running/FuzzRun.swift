// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import MachineTesting

/// One run of an entry: iteration after iteration, each with numbers that follow from the seed and its own number.
struct FuzzRun {
    private let entry: FuzzEntry
    private let options: Options

    init(_ entry: FuzzEntry, _ options: Options) {
        self.entry = entry
        self.options = options
    }

    /// Runs to the end; false where an iteration found something that throws.
    func run() throws -> Bool {
        let corpus = entry.usesCorpus ? try Corpus(folder: "\(options.corpus)/\(entry.name)") : Corpus()
        CrashReport.install(replay: "apus-fuzz \(entry.name) --seed \(options.seed) --count 1 --from ")
        let iterate = try entry.prepare(corpus)
        let start = Self.now()
        var done: UInt64 = 0
        while !isOver(done, since: start) {
            let number = options.first &+ done
            CrashReport.begin(number)
            var mixer = SplitMix(seed: options.seed &+ number)
            var random = SplitMix(seed: mixer.next())
            do { try iterate(&random) } catch {
                ApusFuzz.say(
                    "\(entry.name): \(error)\nreplay: apus-fuzz \(entry.name) --seed \(options.seed) --count 1 "
                        + "--from \(number)")
                return false
            }
            done += 1
        }
        CrashReport.end()
        print("\(entry.name): \(done) iterations in \(Int((Self.now() - start) * 1000)) ms, seed \(options.seed)")
        return true
    }

    private func isOver(_ done: UInt64, since start: Double) -> Bool {
        if let count = options.count { return done >= count }
        return done > 0 && Self.now() - start >= options.seconds
    }

    private static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
