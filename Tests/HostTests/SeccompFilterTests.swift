// SPDX-License-Identifier: Apache-2.0
import CMachine
import Host
import Testing

@Suite("Seccomp filter")
struct SeccompFilterTests {
    private static let end: [SeccompFilter.Rule] = [
        .allow(Int(__NR_exit_group)), .allow(Int(__NR_write)), .allow(Int(__NR_futex)), .allow(Int(__NR_close)),
        .allow(Int(__NR_munmap)), .allow(Int(__NR_rt_sigprocmask)), .allow(Int(__NR_brk)), .allow(Int(__NR_madvise)),
    ]

    @Test("a call that no rule names kills the process")
    func forbidden() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try SeccompFilter([.allow(Int(__NR_exit_group))]).install()
            _ = getppid()
        }
    }

    @Test("a call that a rule names is made")
    func allowed() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try SeccompFilter(SeccompFilterTests.end + [.allow(Int(__NR_getppid))]).install()
            _exit(getppid() > 0 ? 7 : 1)
        }
    }

    @Test("an argument outside of the rule's values kills the process")
    func argument() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try SeccompFilter(SeccompFilterTests.end + [.allow(Int(__NR_dup), argument: 0, in: [1, 2])]).install()
            guard dup(1) >= 0, dup(2) >= 0 else { _exit(1) }
            _ = dup(0)
        }
    }

    @Test("an argument with a forbidden bit kills the process")
    func bits() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try SeccompFilter(SeccompFilterTests.end + [.allow(Int(__NR_dup), argument: 0, without: 4)]).install()
            _ = dup(3)
            _ = dup(4)
        }
    }
}
