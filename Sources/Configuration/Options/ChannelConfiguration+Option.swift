// SPDX-License-Identifier: Apache-2.0

extension ChannelConfiguration {
    /// Reads the value of `--channel`: `name=NAME,socket=PATH`.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader("--channel", option, keys: ["name", "socket"])
        guard let name = reader.value("name") else {
            throw reader.error(.missing, found: "no name", remedy: "write name=org.qemu.guest_agent.0 or another name")
        }
        guard let path = reader.value("socket") else {
            throw reader.error(.missing, found: "no socket", remedy: "write socket=PATH")
        }
        self.init(name: name, socket: .path(path))
    }
}
