// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Why a server's bytes are not QMP. The connection is of no more use.
package enum MonitorClientError: Error, Equatable, Sendable {
    /// The bytes are not JSON.
    case notJSON(JSONError)
    /// The value is no message of a server.
    case notMessage(JSONValue)
}
