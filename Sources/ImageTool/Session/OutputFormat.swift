// SPDX-License-Identifier: Apache-2.0

/// How a command tells its result (`--output`).
package enum OutputFormat: String, CaseIterable, Sendable {
    case human
    case json
}
