// SPDX-License-Identifier: Apache-2.0

extension ShareConfiguration {
    /// Reads the value of `--share`: `TAG=[path=]DIR[,readonly][,owners=passthrough|mapped|squash]`.
    package init(option: String) throws(ConfigurationError) {
        guard let sign = option.utf8.firstIndex(of: UInt8(ascii: "=")), sign != option.startIndex else {
            throw ConfigurationError(
                .missing, "--share \(quoted(option))", found: "no tag", remedy: "write TAG=DIR: the guest mounts TAG")
        }
        let tag = String(option[..<sign])
        let reader = try OptionReader(
            "--share", String(option[option.utf8.index(after: sign)...]), shown: option, firstKey: "path",
            keys: ["path", "readonly", "owners"], flags: ["readonly"])
        guard let path = reader.value("path") else {
            throw reader.error(.missing, found: "no directory", remedy: "write \(tag)=DIR")
        }
        self.init(
            tag: tag, source: .path(path), readOnly: try reader.flag("readonly"), owners: try Self.owners(reader))
    }

    private static func owners(_ reader: OptionReader) throws(ConfigurationError) -> ShareOwners? {
        guard let word = reader.value("owners") else { return nil }
        if let owners = ShareOwners(rawValue: word) { return owners }
        let words = ShareOwners.allCases.map(\.rawValue)
        throw reader.error(
            .invalidValue, found: "owners=\(word)",
            remedy: nearest(to: word, in: words).map { "did you mean \(quoted($0))?" }
                ?? "use \(alternatives(words))")
    }
}
