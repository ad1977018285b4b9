// SPDX-License-Identifier: Apache-2.0
internal import MachineTesting

/// One parser or device under hostile input.
struct FuzzEntry {
    /// One iteration; throws where something is wrong that did not trap.
    typealias Iteration = (inout SplitMix) throws -> Void

    /// What the command line calls it; also the folder of its corpus.
    let name: String
    /// Whether it starts from the inputs in its corpus.
    let usesCorpus: Bool
    /// Makes ready what all iterations share.
    let prepare: (Corpus) throws -> Iteration

    /// An entry that starts from a corpus.
    init(_ name: String, corpus iteration: @escaping (Corpus, inout SplitMix) throws -> Void) {
        self.name = name
        usesCorpus = true
        prepare = { corpus in { random in try iteration(corpus, &random) } }
    }

    /// An entry that makes its inputs.
    init(_ name: String, _ iteration: @escaping Iteration) {
        self.name = name
        usesCorpus = false
        prepare = { _ in iteration }
    }

    /// Every entry. A new parser or device is one more.
    static var all: [FuzzEntry] { parsers + agents + boards + firmware + images + network + devices + virtio }
}

/// A promise that a parser or device has broken.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Throws the first of the sentences, if there is one.
    static func check(_ sentences: [String]) throws {
        if let first = sentences.first { throw Finding(first) }
    }

    static func check(_ isRight: Bool, _ sentence: @autoclosure () -> String) throws {
        if !isRight { throw Finding(sentence()) }
    }
}
