// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension ShareConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> ShareConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["tag", "source", "readOnly", "owners"])
        let tag = reader.required("tag", "what the guest mounts the directory by", reader.string)
        let source = reader.required("source", "the path of the directory", reader.resource)
        let readOnly = reader.bool("readOnly") ?? false
        let owners = reader.word("owners", ShareOwners.self)
        guard let tag, let source else { return nil }
        return ShareConfiguration(tag: tag, source: source, readOnly: readOnly, owners: owners)
    }

    var json: JSONValue {
        var object: JSONValue = ["tag": .string(tag), "source": source.json, "readOnly": .bool(readOnly)]
        object.set("owners", owners.map { .string($0.rawValue) })
        return object
    }
}
