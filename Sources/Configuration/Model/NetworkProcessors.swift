// SPDX-License-Identifier: Apache-2.0

/// The host's processors that a network card's threads may run on.
package enum NetworkProcessors: Equatable, Sendable {
    /// These, in ascending order and none twice.
    case fixed([Int])
    /// Queue pair n runs where vCPU n ran last.
    case follow

    /// The largest number of a processor of the host.
    package static let maximumProcessor = 1023

    /// Reads `follow`, or numbers and ranges with a comma or `+` in between (`2-3+6`): in an option's value a comma has
    /// to be doubled.
    ///
    /// - Returns: `nil` for any other text.
    package init?(_ text: String) {
        if text == "follow" {
            self = .follow
            return
        }
        var numbers: Set<Int> = []
        for part in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "+" || $0 == "," }) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                return nil
            }
            numbers.formUnion(first...last)
        }
        self = .fixed(numbers.sorted())
    }

    /// What `init` reads back as an equal value.
    package var text: String {
        switch self {
        case .follow: "follow"
        case .fixed(let numbers): numbers.map(String.init).joined(separator: "+")
        }
    }

    static let remedy = "write processors such as 2-3 or 2+6-7, or follow"

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let number = Int(text),
            number <= maximumProcessor
        else { return nil }
        return number
    }
}
