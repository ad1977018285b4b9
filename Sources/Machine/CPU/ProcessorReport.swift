// SPDX-License-Identifier: Apache-2.0

/// What a processor was doing: its registers, and later the bytes at its instruction.
package struct ProcessorReport: Sendable {
    package let general: [(String, UInt64)]
    package let control: [(String, UInt64)]
    /// RIP, RFLAGS and the code segment's base.
    package let instruction: UInt64
    package let flags: UInt64
    package let codeBase: UInt64
    /// The bytes at the instruction; empty where it is not in memory.
    package var code: [UInt8] = []

    package init(
        general: [(String, UInt64)], control: [(String, UInt64)], instruction: UInt64, flags: UInt64, codeBase: UInt64
    ) {
        self.general = general
        self.control = control
        self.instruction = instruction
        self.flags = flags
        self.codeBase = codeBase
    }

    /// The report as lines of text.
    package var text: String {
        var lines = ["  rip=\(hex(instruction)) rflags=\(hex(flags)) cs.base=\(hex(codeBase))"]
        for group in [general, control] {
            for start in stride(from: 0, to: group.count, by: 4) {
                let row = group[start..<min(start + 4, group.count)]
                lines.append("  " + row.map { "\($0.0)=\(hex($0.1))" }.joined(separator: " "))
            }
        }
        let bytes = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        lines.append("  code: " + (code.isEmpty ? "not in memory" : bytes))
        return lines.joined(separator: "\n")
    }

    private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
