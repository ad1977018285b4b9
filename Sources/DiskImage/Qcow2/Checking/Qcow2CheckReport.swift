// SPDX-License-Identifier: Apache-2.0

/// What a check found, counted as `qemu-img check` counts it.
package struct Qcow2CheckReport: Equatable, Sendable {
    /// References that are wrong in a way that can cost data.
    package internal(set) var corruptions = 0
    /// Clusters that nothing names.
    package internal(set) var leaks = 0
    package internal(set) var corruptionsFixed = 0
    package internal(set) var leaksFixed = 0
    /// Clusters of the disk.
    package internal(set) var totalClusters: UInt64 = 0
    package internal(set) var allocatedClusters: UInt64 = 0
    package internal(set) var fragmentedClusters: UInt64 = 0
    package internal(set) var compressedClusters: UInt64 = 0
    /// Where in the file the last cluster that is used ends.
    package internal(set) var imageEndOffset: UInt64 = 0
    /// The first hundred of what is wrong, each with where it is.
    package internal(set) var messages: [String] = []

    package var isClean: Bool { corruptions == 0 && leaks == 0 }

    mutating func corruption(_ sentence: String) {
        corruptions += 1
        tell("corruption: \(sentence)")
    }

    mutating func leak(_ sentence: String) {
        leaks += 1
        tell("leak: \(sentence)")
    }

    private mutating func tell(_ sentence: String) {
        if messages.count < 100 { messages.append(sentence) }
    }
}

/// What a check may change.
package enum Qcow2Repair: Sendable {
    case nothing
    /// Gives back the clusters that nothing names.
    case leaks
    /// Makes everything right again, with zeros for what cannot be found.
    case all
}
