// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@testable import apus_vmm

@Suite("Serial console")
struct SerialConsoleTests {
    @Test("a file that may grow no more loses output, says so once, and goes on when it may grow again")
    func limitedFile() async {
        await #expect(processExitsWith: .success) {
            ConsoleBench.heedFailedWrites()
            ProcessSignals.ignoreFailedWrites()
            let bench = try ConsoleBench()
            let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE | O_APPEND)
            bench.console.attach(try ConsoleStream(input: nil, output: try file.duplicate()))
            try ConsoleBench.limitFiles(to: 6000)

            try bench.say(0x61, count: 10_000)
            try bench.say(0x62, count: 10_000)
            #expect(bench.waiting == 0)
            #expect(try file.status().byteCount == 6000)
            #expect(bench.complaints.count == 1)
            #expect(bench.complaints.first?.contains("File too large") == true)

            try ConsoleBench.limitFiles(to: nil)
            try bench.say(0x63, count: 100)
            #expect(try file.read(at: 6000, count: 1000) == [UInt8](repeating: 0x63, count: 100))
            #expect(bench.complaints.count == 1)
        }
    }

    @Test("a full disk holds nobody up")
    func fullDisk() throws {
        let bench = try ConsoleBench()
        bench.console.attach(try ConsoleStream(input: nil, output: try Descriptor(path: "/dev/full", flags: O_WRONLY)))

        for _ in 0..<4 { try bench.say(0x61, count: 60_000) }

        #expect(bench.waiting == 0)
        #expect(bench.complaints.count == 1)
    }

    @Test("a full pipe that nobody reads any more keeps neither the loop nor the guest busy")
    func brokenPipe() async {
        await #expect(processExitsWith: .success) {
            ConsoleBench.heedFailedWrites()
            ProcessSignals.ignoreFailedWrites()
            let bench = try ConsoleBench()
            var reader: CInt = -1
            try ConsoleBench.pipe { near, far in
                reader = near.release()
                bench.console.attach(try ConsoleStream(input: nil, output: far))
            }
            for _ in 0..<4 { try bench.say(0x61, count: 60_000) }
            #expect(bench.waiting > 0)

            close(reader)
            try bench.settle()

            #expect(bench.waiting == 0)
            #expect(bench.complaints.count == 1)
        }
    }

    @Test("the end of the input is not the end of output that waits for room")
    func inputEndsFirst() throws {
        let bench = try ConsoleBench()
        var inputEnd: CInt = -1
        var outputEnd: CInt = -1
        try ConsoleBench.pipe { inputNear, inputFar in
            inputEnd = inputFar.release()
            let input = inputNear.release()
            try ConsoleBench.pipe { near, far in
                outputEnd = near.release()
                bench.console.attach(try ConsoleStream(input: Descriptor(owning: input), output: far))
            }
        }
        let output = Descriptor(owning: outputEnd)
        for _ in 0..<4 { try bench.say(0x61, count: 60_000) }
        let waiting = bench.waiting
        #expect(waiting > 0)

        close(inputEnd)
        try bench.settle()
        #expect(bench.waiting == waiting)
        _ = try output.read(upTo: 1 << 20)
        try bench.settle()

        #expect(bench.waiting == 0)
    }

    @Test("a client that leaves in the middle of output makes room for the next, which gets the rest")
    func leaves() async {
        await #expect(processExitsWith: .success) {
            ConsoleBench.heedFailedWrites()
            ProcessSignals.ignoreFailedWrites()
            let bench = try ConsoleBench()
            let socket = ConsoleSocket()
            try bench.console.listen(on: try socket.listen())
            do {
                let first = try socket.connect()
                try bench.settle()
                while bench.waiting == 0 { try bench.say(0x61, count: 60_000) }
                withExtendedLifetime(first.borrowed) {}
            }
            let waiting = bench.waiting
            try bench.settle()
            #expect(bench.waiting == waiting)

            let second = try socket.connect()
            try bench.settle()
            let bytes = try second.read(upTo: 1 << 20)

            #expect(bytes?.first == 0x61)
            #expect(bench.waiting < waiting)
            #expect(bench.complaints.isEmpty)
        }
    }

    @Test("a second client waits until the first has gone")
    func oneAtATime() throws {
        let bench = try ConsoleBench()
        let socket = ConsoleSocket()
        try bench.console.listen(on: try socket.listen())
        let first = try socket.connect()
        let second = try socket.connect()
        try bench.settle()

        try bench.say(0x61, count: 1)
        #expect(try first.read(upTo: 10) == [0x61])
        #expect(try second.read(upTo: 10) == nil)
        shutdown(first.borrowed, CInt(SHUT_RDWR))
        try bench.settle()
        try bench.say(0x62, count: 1)

        #expect(try second.read(upTo: 10) == [0x62])
    }
}
