// SPDX-License-Identifier: Apache-2.0

/// What a server has said of the export that a client uses.
package struct ServedExport: Equatable, Sendable {
    package var byteCount: UInt64 = 0
    package var flags: NBDTransmissionFlags = []
    package var isStructured = false
    /// The ids of the metadata contexts that were agreed on, by name.
    package var contexts: [String: UInt32] = [:]
    /// Requests begin and end at multiples of it, in bytes.
    package var minimumBlock: UInt32 = 1
    /// The longest payload, in bytes.
    package var maximumPayload = NBDLimits.maximumPayload

    package init() {}
}
