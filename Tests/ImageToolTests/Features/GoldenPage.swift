// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Whether tests write the pages that they make, instead of comparing them.
enum GoldenPage {
    static let variable = "APUS_WRITE_GOLDEN"
    static var isWriting: Bool { ProcessInfo.processInfo.environment[variable] != nil }
}
