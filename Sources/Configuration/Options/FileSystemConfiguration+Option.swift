// SPDX-License-Identifier: Apache-2.0

extension FileSystemConfiguration {
    /// Reads the value of `--virtiofs`: `TAG=FOLDER[,cache=none|auto|always]`. A comma of the folder is doubled.
    package init(option: String) throws(ConfigurationError) {
        // With a key in front the reader takes tag, sign and folder as one value.
        let reader = try OptionReader("--virtiofs", "share=" + option, shown: option, keys: ["share", "cache"])
        let share = reader.value("share") ?? ""
        guard let sign = share.utf8.firstIndex(of: UInt8(ascii: "=")), sign != share.startIndex,
            share.utf8.index(after: sign) != share.endIndex
        else {
            throw reader.error(.syntax, found: "no tag and folder", remedy: "write TAG=FOLDER in front")
        }
        self.init(
            tag: String(share[..<sign]), source: .path(String(share[share.utf8.index(after: sign)...])),
            cache: try Self.cache(reader))
    }

    private static func cache(_ reader: OptionReader) throws(ConfigurationError) -> Cache {
        guard let word = reader.value("cache") else { return .auto }
        if let cache = Cache(rawValue: word) { return cache }
        throw reader.error(
            .invalidValue, found: "cache=\(word)", remedy: "write cache=none, cache=auto or cache=always")
    }
}
