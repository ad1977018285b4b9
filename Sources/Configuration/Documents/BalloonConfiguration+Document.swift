// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension BalloonConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> BalloonConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["deflateOnOOM", "freePageReporting"])
        return BalloonConfiguration(
            deflateOnOOM: reader.bool("deflateOnOOM") ?? false,
            freePageReporting: reader.bool("freePageReporting") ?? false)
    }

    var json: JSONValue {
        ["deflateOnOOM": .bool(deflateOnOOM), "freePageReporting": .bool(freePageReporting)]
    }
}
