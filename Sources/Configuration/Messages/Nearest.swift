// SPDX-License-Identifier: Apache-2.0

/// The candidate that differs least from `text` (letters put in, left out, exchanged or swapped), when it is close
/// enough to be what was meant; the first of equals.
///
/// Upper and lower case count as the same letter. Texts over 64 bytes are near to nothing, which bounds the work.
package func nearest(to text: String, in candidates: [String]) -> String? {
    let wanted = foldedBytes(text)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }

    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate.utf8.count <= 64 {
        let distance = editDistance(wanted, foldedBytes(candidate))
        let limit = max(1, min(wanted.count, candidate.utf8.count) / 3)
        if distance <= limit, distance < best?.distance ?? .max {
            best = (candidate, distance)
        }
    }
    return best?.candidate
}

private func foldedBytes(_ text: String) -> [UInt8] {
    text.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
}

/// Optimal string alignment: edits of single bytes, and swaps of neighbours that are not edited again.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for row in first.indices {
        var current = [row + 1]
        for column in second.indices {
            let changed = last[column] + (first[row] == second[column] ? 0 : 1)
            var distance = min(changed, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            current.append(distance)
        }
        beforeLast = last
        last = current
    }
    return last[second.count]
}
