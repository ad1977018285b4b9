// SPDX-License-Identifier: Apache-2.0

extension NetworkConfiguration {
    /// Reads the value of `--net`: `tap=NAME[,queues=N][,vhost=on|off]`, `user` or `none`, each with
    /// `[,mac=ADDRESS][,mtu=N][,cpus=LIST|follow]` if wanted.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader(
            "--net", option, keys: ["tap", "user", "none", "mac", "queues", "mtu", "vhost", "cpus"],
            flags: ["user", "none", "vhost"])
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
        queueCount = try reader.integer("queues") ?? 1
        mtu = try reader.integer("mtu")
        vhost = try reader.flag("vhost")
        processors = try Self.processors(reader)
    }

    private static func processors(_ reader: OptionReader) throws(ConfigurationError) -> NetworkProcessors? {
        guard let text = reader.value("cpus") else { return nil }
        if let processors = NetworkProcessors(text) { return processors }
        throw reader.error(.invalidValue, found: "cpus=\(text)", remedy: NetworkProcessors.remedy)
    }

    private static func mac(_ reader: OptionReader) throws(ConfigurationError) -> MACAddress? {
        guard let text = reader.value("mac") else { return nil }
        if let mac = MACAddress(text) { return mac }
        throw reader.error(.invalidValue, found: "mac=\(text)", remedy: MACAddress.remedy)
    }
}
