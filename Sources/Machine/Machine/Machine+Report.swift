// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a stopped guest was doing.
extension Machine {
    /// The registers of every vCPU and the bytes at its instruction. The vCPUs rest.
    package func report() -> String {
        var lines = processors.prefix(16).map(report(on:))
        if processors.count > 16 { lines.append("(\(processors.count - 16) more vCPUs)") }
        return lines.joined(separator: "\n")
    }

    private func report(on processor: Processor) -> String {
        guard var report = try? processor.cpu.registers() else { return "vCPU \(processor.index): no registers" }
        // In long mode the code segment's base is 0 and the sum is the linear address in every mode.
        if let address = processor.cpu.translate(report.codeBase &+ report.instruction),
            let bytes = try? memory.read(at: address, count: min(16, 4096 - Int(address.rawValue & 4095)))
        {
            report.code = bytes
        }
        return "vCPU \(processor.index):\n" + report.text
    }
}
