// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@testable import Launcher

/// The network stack is a script here.
@Suite("User-mode network stack")
struct NetworkStackTests {
    @Test("however much it says, the last of it is kept and the rest costs nothing")
    func flood() throws {
        let bench = try Workbench()
        try bench.write(
            "passt", Array("#!/bin/sh\nyes word | head -c 1000000 >&2\necho last words >&2\nexit 3\n".utf8), mode: 0o755
        )
        let null = try Descriptor(path: "/dev/null", flags: O_RDWR)
        let stack = try NetworkStack.start(null, path: bench.path("passt"))

        while true {
            var watched = [
                pollfd(fd: stack.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stack.isSilent ? -1 : stack.messagesNumber, events: Int16(POLLIN), revents: 0),
            ]
            try #require(unsafe poll(&watched, 2, 20_000) > 0)
            if watched[1].revents != 0 { stack.listen() }
            if watched[0].revents != 0 { break }
        }

        #expect(stack.takeEnd() == "exit status 3, last words")
        #expect(stack.keptByteCount <= 4096)
    }
}
