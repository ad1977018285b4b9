// SPDX-License-Identifier: Apache-2.0
package import JSON

/// When an event happened, by the host's clock of the day.
package struct MonitorTime: Equatable, Sendable {
    /// Seconds since 1970.
    package let seconds: Int64
    /// Microseconds of the second: 0 to 999,999.
    package let microseconds: Int64

    /// Makes a point in time.
    package init(seconds: Int64, microseconds: Int64) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    /// The `timestamp` member of an event.
    package var json: JSONValue {
        ["seconds": .integer(seconds), "microseconds": .integer(microseconds)]
    }
}
