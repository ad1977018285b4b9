// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension FileSystemConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> FileSystemConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["tag", "source", "cache"])
        let tag = reader.required("tag", "what the guest calls the folder", reader.string)
        let source = reader.required("source", "the path of the folder", reader.resource)
        let cache = reader.word("cache", Cache.self) ?? .auto
        guard let tag, let source else { return nil }
        return FileSystemConfiguration(tag: tag, source: source, cache: cache)
    }

    var json: JSONValue {
        ["tag": .string(tag), "source": source.json, "cache": .string(cache.rawValue)]
    }
}
