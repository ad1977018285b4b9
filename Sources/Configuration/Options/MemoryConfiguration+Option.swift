// SPDX-License-Identifier: Apache-2.0

extension MemoryConfiguration {
    /// Reads the value of `--memory`: see `ByteSize`. The range of a machine's memory is not checked.
    package init(option: String) throws(ConfigurationError) {
        self.init(byteCount: try ByteSize(option, of: "--memory").byteCount)
    }
}
