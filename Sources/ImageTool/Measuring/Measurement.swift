// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// How much room an image would take (QAPI's `BlockMeasureInfo`), in bytes.
struct Measurement: Equatable {
    /// With the contents that are there.
    var required: UInt64
    /// With contents everywhere.
    var fullyAllocated: UInt64
    /// For bitmaps that could be copied along; `nil` where there can be none.
    var bitmaps: UInt64?

    var report: JSONValue {
        var object = JSONObject()
        if let bitmaps { object["bitmaps"] = JSONValue(bitmaps) }
        object["required"] = JSONValue(required)
        object["fully-allocated"] = JSONValue(fullyAllocated)
        return .object(object)
    }

    var text: String {
        "required size: \(required)\nfully allocated size: \(fullyAllocated)\n"
            + (bitmaps.map { "bitmaps size: \($0)\n" } ?? "")
    }
}
