// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// The system calls that a thread may make; any other kills the process (seccomp(2)).
package struct SeccompFilter: Equatable, Sendable {
    /// A permitted system call.
    package struct Rule: Equatable, Sendable {
        let number: UInt32
        let condition: Condition

        /// Any arguments.
        package static func allow(_ number: Int) -> Rule { Rule(number: UInt32(number), condition: .always) }

        /// Only with one of `values` in the low half of an argument (0 to 5).
        package static func allow(_ number: Int, argument: Int, in values: [UInt32]) -> Rule {
            Rule(number: UInt32(number), condition: .oneOf(argument: argument, values))
        }

        /// Only with none of `bits` in the low half of an argument.
        package static func allow(_ number: Int, argument: Int, without bits: UInt32) -> Rule {
            Rule(number: UInt32(number), condition: .without(argument: argument, bits))
        }
    }

    enum Condition: Equatable, Sendable {
        case always
        case oneOf(argument: Int, [UInt32])
        case without(argument: Int, UInt32)
    }

    private let rules: [Rule]

    package init(_ rules: [Rule]) {
        self.rules = rules
    }

    /// Binds the calling thread, and what it starts later, to the filter for good.
    package func install() throws(SystemCallError) {
        var program = instructions
        precondition(program.count <= 4096, "a filter has at most 4096 instructions (BPF_MAXINSNS)")
        let count = UInt16(program.count)
        let result = unsafe program.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return -Int(EINVAL) }
            return unsafe cmachine_seccomp_install(start, count)
        }
        try SystemCallError.check(result, "seccomp")
    }

    /// The program: architecture, then each rule in order, then the kill (seccomp_data: nr at 0, arch at 4,
    /// arguments from 16, 8 bytes each).
    private var instructions: [sock_filter] {
        var program = [
            sock_filter(code: CMACHINE_BPF_LOAD, jt: 0, jf: 0, k: 4),
            sock_filter(code: CMACHINE_BPF_JUMP_EQUAL, jt: 1, jf: 0, k: CMACHINE_AUDIT_ARCH_X86_64),
            sock_filter(code: CMACHINE_BPF_RETURN, jt: 0, jf: 0, k: CMACHINE_SECCOMP_KILL_PROCESS),
            sock_filter(code: CMACHINE_BPF_LOAD, jt: 0, jf: 0, k: 0),
        ]
        for rule in rules { Self.append(rule, to: &program) }
        program.append(sock_filter(code: CMACHINE_BPF_RETURN, jt: 0, jf: 0, k: CMACHINE_SECCOMP_KILL_PROCESS))
        return program
    }

    private static let permit = sock_filter(code: CMACHINE_BPF_RETURN, jt: 0, jf: 0, k: CMACHINE_SECCOMP_ALLOW)

    private static func append(_ rule: Rule, to program: inout [sock_filter]) {
        let body: [sock_filter]
        switch rule.condition {
        case .always:
            body = [permit]
        case .oneOf(let argument, let values):
            precondition(values.count < 200, "a jump reaches 255 instructions")
            var checks = [sock_filter(code: CMACHINE_BPF_LOAD, jt: 0, jf: 0, k: UInt32(16 + 8 * argument))]
            for (index, value) in values.enumerated() {
                // A match jumps over the remaining checks and the kill to the permit.
                checks.append(
                    sock_filter(code: CMACHINE_BPF_JUMP_EQUAL, jt: UInt8(values.count - index), jf: 0, k: value))
            }
            checks.append(sock_filter(code: CMACHINE_BPF_RETURN, jt: 0, jf: 0, k: CMACHINE_SECCOMP_KILL_PROCESS))
            body = checks + [permit]
        case .without(let argument, let bits):
            body = [
                sock_filter(code: CMACHINE_BPF_LOAD, jt: 0, jf: 0, k: UInt32(16 + 8 * argument)),
                sock_filter(code: CMACHINE_BPF_JUMP_SET, jt: 0, jf: 1, k: bits),
                sock_filter(code: CMACHINE_BPF_RETURN, jt: 0, jf: 0, k: CMACHINE_SECCOMP_KILL_PROCESS),
                permit,
            ]
        }
        program.append(
            sock_filter(code: CMACHINE_BPF_JUMP_EQUAL, jt: 0, jf: UInt8(body.count), k: rule.number))
        program += body
    }
}
