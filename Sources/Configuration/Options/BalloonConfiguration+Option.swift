// SPDX-License-Identifier: Apache-2.0

extension BalloonConfiguration {
    /// Reads the value of `--balloon`: `on`, `deflate-on-oom` and `free-page-reporting`, each if wanted.
    package init(option: String) throws(ConfigurationError) {
        let keys = ["on", "deflate-on-oom", "free-page-reporting"]
        let reader = try OptionReader("--balloon", option, keys: keys, flags: keys)
        guard reader.value("on") == nil else {
            throw reader.error(
                .invalidValue, found: "on has a value", remedy: "write on alone; without --balloon there is none")
        }
        self.init(
            deflateOnOOM: try reader.flag("deflate-on-oom"), freePageReporting: try reader.flag("free-page-reporting"))
    }
}
