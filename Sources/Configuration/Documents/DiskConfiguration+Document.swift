// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension DiskConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> DiskConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow([
            "source", "format", "backing", "dataFile", "readOnly", "serial", "queueCount", "bootIndex", "throttling",
            "label",
        ])
        let source = reader.required("source", "the path of the image", reader.resource)
        let format = DiskFormat.read(reader)
        let backing = reader.has("backing") ? reader.array("backing", LayerConfiguration.read) : nil
        let dataFile = reader.resource("dataFile")
        let readOnly = reader.bool("readOnly") ?? false
        let serial = reader.string("serial")
        let queueCount = reader.integer("queueCount")
        let bootIndex = reader.integer("bootIndex")
        let label = reader.string("label")
        let throttling = reader.nested("throttling", ThrottleConfiguration.read)
        guard let source, let format else { return nil }
        var disk = DiskConfiguration(
            source: source, format: format, backing: backing, dataFile: dataFile, readOnly: readOnly, serial: serial,
            queueCount: queueCount, bootIndex: bootIndex, label: label)
        disk.throttling = throttling
        return disk
    }

    var json: JSONValue {
        var object: JSONValue = ["source": source.json, "format": .string(format.rawValue)]
        object.set("backing", backing.map { .array($0.map(\.json)) })
        object.set("dataFile", dataFile?.json)
        object.set("readOnly", .bool(readOnly))
        object.set("serial", serial.map { .string($0) })
        object.set("queueCount", queueCount.map { JSONValue($0) })
        object.set("bootIndex", bootIndex.map { JSONValue($0) })
        object.set("throttling", throttling?.json)
        object.set("label", label.map { .string($0) })
        return object
    }
}

extension ThrottleConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> ThrottleConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(Key.allCases.map(\.rawValue) + [groupKey])
        var values: [Key: UInt64] = [:]
        for key in Key.allCases { values[key] = reader.unsigned(key.rawValue) }
        return ThrottleConfiguration(values: values, group: reader.string(groupKey))
    }

    var json: JSONValue {
        var object: JSONValue = .object(.init())
        for key in Key.allCases { object.set(key.rawValue, values[key].map { JSONValue($0) }) }
        object.set(Self.groupKey, group.map { .string($0) })
        return object
    }
}

extension LayerConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> LayerConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["source", "format", "dataFile"])
        let source = reader.required("source", "the path of the image", reader.resource)
        let format = DiskFormat.read(reader)
        let dataFile = reader.resource("dataFile")
        guard let source, let format else { return nil }
        return LayerConfiguration(source: source, format: format, dataFile: dataFile)
    }

    var json: JSONValue {
        var object: JSONValue = ["source": source.json, "format": .string(format.rawValue)]
        object.set("dataFile", dataFile?.json)
        return object
    }
}

extension DiskFormat {
    /// The member `format`, which has to be there.
    fileprivate static func read(_ reader: ObjectReader) -> DiskFormat? {
        if !reader.has("format") {
            reader.report(
                .missing, "format", found: "no format given", remedy: remedy("\"format\": \"raw\" or \"qcow2\""))
        }
        guard let word = reader.string("format") else { return nil }
        if let format = DiskFormat(rawValue: word) { return format }
        reader.report(
            .invalidValue, "format", found: quoted(word),
            remedy: remedy(forUnknown: word, "OUT with \"format\": \"qcow2\""))
        return nil
    }
}
