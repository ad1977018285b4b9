// SPDX-License-Identifier: Apache-2.0

extension ConsoleConfiguration {
    /// Reads the value of `--console`: `tty`, `file=PATH` or `socket=PATH`.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader("--console", option, keys: ["tty", "file", "socket"], flags: ["tty"])
        let places = ["tty", "file", "socket"].filter { reader.has($0) }
        guard places.count == 1, reader.value("tty") == nil else {
            throw reader.error(
                .conflict, found: places.joined(separator: " and "),
                remedy: "write one of tty, file=PATH and socket=PATH")
        }

        if let path = reader.value("file") {
            self = .file(.path(path))
        } else if let path = reader.value("socket") {
            self = .socket(.path(path))
        } else {
            self = .terminal
        }
    }
}
