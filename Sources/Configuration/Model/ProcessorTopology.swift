// SPDX-License-Identifier: Apache-2.0

/// How the guest sees its vCPUs arranged. The product of the three numbers is the count of vCPUs.
package struct ProcessorTopology: Equatable, Sendable {
    /// Number of packages, at least 1.
    package var sockets: Int
    /// Number of cores in each package, at least 1.
    package var cores: Int
    /// Number of threads in each core, at least 1.
    package var threads: Int

    /// Makes a topology of exactly these numbers; `MachineConfiguration.problems(for:)` judges them.
    package init(sockets: Int, cores: Int, threads: Int) {
        self.sockets = sockets
        self.cores = cores
        self.threads = threads
    }

    /// Fills in what was left out: one thread per core, one socket unless the cores say otherwise, and as many cores
    /// as it takes to reach `count`.
    package init(count: Int, sockets: Int?, cores: Int?, threads: Int?) {
        let threads = threads ?? 1
        let sockets = sockets ?? cores.map { Self.quotient(count, $0, threads) } ?? 1
        self.init(sockets: sockets, cores: cores ?? Self.quotient(count, sockets, threads), threads: threads)
    }

    /// Number of vCPUs that the topology makes, or `nil` when that is no integer of this machine.
    package var count: Int? {
        let packages = sockets.multipliedReportingOverflow(by: cores)
        let all = packages.partialValue.multipliedReportingOverflow(by: threads)
        return packages.overflow || all.overflow ? nil : all.partialValue
    }

    private static func quotient(_ count: Int, _ first: Int, _ second: Int) -> Int {
        let divisor = first.multipliedReportingOverflow(by: second)
        guard !divisor.overflow, divisor.partialValue > 0, count >= divisor.partialValue else { return 1 }
        return count / divisor.partialValue
    }
}
