// SPDX-License-Identifier: Apache-2.0

extension DiskConfiguration {
    /// Reads the value of `--disk`: `[path=]PATH,format=raw|qcow2[,readonly][,serial=TEXT][,queues=N][,bootindex=N]`
    /// and `[,throttling.LIMIT=N][,throttling.group=NAME]`.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader(
            "--disk", option, firstKey: "path",
            keys: ["path", "format", "readonly", "serial", "queues", "bootindex"]
                + ThrottleConfiguration.optionKeys, flags: ["readonly"])
        guard let path = reader.value("path") else {
            throw reader.error(.missing, found: "no path", remedy: "write path=PATH or the path alone in front")
        }
        guard let word = reader.value("format") else {
            throw reader.error(
                .missing, found: "no format given", remedy: DiskFormat.remedy("format=raw or format=qcow2"))
        }
        guard let format = DiskFormat(rawValue: word) else {
            throw reader.error(
                .invalidValue, found: "format=\(word)",
                remedy: DiskFormat.remedy(forUnknown: word, "OUT,format=qcow2"))
        }
        self.init(
            source: .path(path), format: format, readOnly: try reader.flag("readonly"),
            serial: reader.value("serial"), queueCount: try reader.integer("queues"),
            bootIndex: try reader.integer("bootindex"))
        throttling = try ThrottleConfiguration(reader)
    }
}
