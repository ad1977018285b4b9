// SPDX-License-Identifier: Apache-2.0

extension ProcessorConfiguration {
    /// Reads the value of `--cpus`: `[count=]NUMBER[,sockets=NUMBER][,cores=NUMBER][,threads=NUMBER]`.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader(
            "--cpus", option, firstKey: "count", keys: ["count", "sockets", "cores", "threads"])
        guard let count = try reader.integer("count") else {
            throw reader.error(.missing, found: "no number of vCPUs", remedy: "write it in front")
        }
        let sockets = try reader.integer("sockets")
        let cores = try reader.integer("cores")
        let threads = try reader.integer("threads")
        let isArranged = sockets != nil || cores != nil || threads != nil
        self.init(
            count: count,
            topology: isArranged
                ? ProcessorTopology(count: count, sockets: sockets, cores: cores, threads: threads) : nil)
    }
}
