// SPDX-License-Identifier: Apache-2.0

extension ProcessorConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.number(count, in: Self.allowedCounts, unit: "vCPUs", at: "\(place).count")
        guard let topology else { return }

        inspection.number(topology.sockets, in: Self.allowedCounts, unit: "sockets", at: "\(place).sockets")
        inspection.number(topology.cores, in: Self.allowedCounts, unit: "cores", at: "\(place).cores")
        inspection.number(topology.threads, in: Self.allowedCounts, unit: "threads", at: "\(place).threads")
        if topology.count != count {
            let product = "\(topology.sockets) × \(topology.cores) × \(topology.threads)"
            inspection.report(
                .conflict, place, found: "\(count) vCPUs and sockets × cores × threads of \(product)",
                remedy: "make the product equal to the count")
        }
    }
}
