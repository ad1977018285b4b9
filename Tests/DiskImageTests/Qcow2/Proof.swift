// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How much is tried: what fits in a minute, or what `make prove` has time for.
enum Proof {
    static let isLong = ProcessInfo.processInfo.environment["APUS_PROVE"] == "1"

    static func count(_ short: Int, long: Int) -> Range<Int> { 0..<(isLong ? long : short) }
}
