// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Machine
import Testing

@Suite("Filter of the control thread")
struct ControlFilterTests {
    @Test("a client's descriptor is not changed by fcntl")
    func fcntl() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ThreadFilters.control.install()
            _ = Glibc.fcntl(0, F_SETFL, O_NONBLOCK)
        }
    }

    @Test("no descriptor is copied by fcntl")
    func duplicate() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ThreadFilters.control.install()
            _ = Glibc.fcntl(0, F_DUPFD_CLOEXEC, 0)
        }
    }

    @Test("no file's position is moved")
    func seek() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ThreadFilters.control.install()
            _ = lseek(0, 0, SEEK_SET)
        }
    }

    @Test("no socket is shut down")
    func shutdown() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try ThreadFilters.control.install()
            _ = Glibc.shutdown(0, CInt(SHUT_RDWR))
        }
    }

    @Test("what it does all the time is permitted")
    func permitted() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try ThreadFilters.control.install()
            guard getpid() > 0, read(-1, nil, 0) < 0, errno == EBADF else { _exit(1) }
            _exit(7)
        }
    }
}
