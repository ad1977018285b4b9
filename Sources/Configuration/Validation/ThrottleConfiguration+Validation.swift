// SPDX-License-Identifier: Apache-2.0

extension ThrottleConfiguration {
    /// The largest rate.
    package static let maximum: UInt64 = 1_000_000_000_000_000

    /// A rate with its burst.
    private struct Rate {
        let name: String
        let average, burst: UInt64
        let length: UInt64?
    }

    func inspect(_ inspection: inout Inspection, at place: String) {
        if let group { inspection.length(of: group, in: 1...128, at: "\(place).\(Self.groupKey)") }
        if values.isEmpty, group == nil {
            inspection.report(
                .missing, place, found: "no limit", remedy: "write one, such as iops-total, or leave it out")
        }
        for kind in ["iops", "bps"] {
            let rates = ["total", "read", "write"].map { rate("\(kind)-\($0)") }
            for rate in rates { inspect(rate, &inspection, at: "\(place).\(rate.name)") }
            if rates[0].average > 0 || rates[0].burst > 0,
                rates[1...].contains(where: { $0.average > 0 || $0.burst > 0 })
            {
                inspection.report(
                    .conflict, "\(place).\(rates[0].name)", found: "a limit of all beside one of reads or writes",
                    remedy: "give one or the other")
            }
        }
        if values[.iopsSize] ?? 0 > 0, ![.iopsTotal, .iopsRead, .iopsWrite].contains(where: { values[$0] ?? 0 > 0 }) {
            inspection.report(
                .conflict, "\(place).\(Key.iopsSize.rawValue)", found: "the size of an operation, and no limit of them",
                remedy: "give iops-total, iops-read or iops-write")
        }
    }

    private func rate(_ name: String) -> Rate {
        let value = { (ending: String) in Key(rawValue: name + ending).flatMap { values[$0] } }
        return Rate(name: name, average: value("") ?? 0, burst: value("-max") ?? 0, length: value("-max-length"))
    }

    private func inspect(_ rate: Rate, _ inspection: inout Inspection, at place: String) {
        if rate.average > Self.maximum || rate.burst > Self.maximum {
            inspection.report(
                .outOfRange, place, found: "\(max(rate.average, rate.burst)) in a second", remedy: "use at most 10^15")
        }
        if rate.burst > 0, rate.burst < rate.average || rate.average == 0 {
            inspection.report(
                .conflict, "\(place)-max", found: "bursts of \(rate.burst) and a rate of \(rate.average)",
                remedy: "bursts are faster than the rate, which has to be given")
        }
        guard let length = rate.length else { return }
        let limit = rate.burst > 0 ? Self.maximum / max(rate.burst, 1) : 1
        if length == 0 || length > limit {
            inspection.report(
                .outOfRange, "\(place)-max-length", found: "bursts of \(length) seconds",
                remedy: rate.burst > 0 ? "use 1 to \(limit)" : "give \(rate.name)-max too")
        }
    }
}
