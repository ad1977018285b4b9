// SPDX-License-Identifier: Apache-2.0

extension NetworkConfiguration {
    /// Reads the value of `--net`: `tap=NAME`, `user` or `none`, each with `,mac=ADDRESS` if wanted.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader(
            "--net", option, keys: ["tap", "user", "none", "mac"], flags: ["user", "none"])
        let kinds = ["tap", "user", "none"].filter { reader.has($0) }
        guard kinds.count == 1 else {
            let found = kinds.isEmpty ? "nothing to connect to" : kinds.joined(separator: " and ")
            throw reader.error(
                kinds.isEmpty ? .missing : .conflict, found: found, remedy: "write one of tap=NAME, user and none")
        }
        if let word = reader.value("user") ?? reader.value("none") {
            throw reader.error(
                .invalidValue, found: "\(kinds[0])=\(word)", remedy: "write \(kinds[0]) without a value")
        }

        let attachment: NetworkAttachment =
            if let name = reader.value("tap") {
                .tap(name: name)
            } else {
                reader.has("user") ? .user() : .none
            }
        self.init(attachment: attachment, mac: try Self.mac(reader))
    }

    private static func mac(_ reader: OptionReader) throws(ConfigurationError) -> MACAddress? {
        guard let text = reader.value("mac") else { return nil }
        if let mac = MACAddress(text) { return mac }
        throw reader.error(.invalidValue, found: "mac=\(text)", remedy: MACAddress.remedy)
    }
}
