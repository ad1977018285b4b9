// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension SeedConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> SeedConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["userData", "metaData", "networkConfig"])
        let userData = reader.required("userData", "the path of a file for cloud-init", reader.resource)
        let metaData = reader.resource("metaData")
        let networkConfiguration = reader.resource("networkConfig")
        return userData.map {
            SeedConfiguration(userData: $0, metaData: metaData, networkConfiguration: networkConfiguration)
        }
    }

    var json: JSONValue {
        var object = JSONObject()
        object["userData"] = userData.json
        object["metaData"] = metaData?.json
        object["networkConfig"] = networkConfiguration?.json
        return .object(object)
    }
}
