// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// Numbers out of `info`'s JSON.
enum JSONSize {
    static func virtual(_ text: String) throws -> UInt64 {
        try #require(try JSONValue(parsing: Array(text.utf8))["virtual-size"]?.unsignedValue)
    }
}
