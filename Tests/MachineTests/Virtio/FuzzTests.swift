// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import DiskImage
import Host
import Machine
import MachineTesting
import Testing

@Suite("Virtio devices under a driver gone mad")
struct FuzzTests {
    private static let rounds = 2000
    private static let seeds: [UInt64] = [1, 0xDEAD_BEEF, 20_260_713]

    private static func fuzz<Device: ThreadedDevice>(_ device: Device, seed: UInt64) throws {
        var fuzzer = QueueFuzzer(try Workbench(device), seed: seed)
        try fuzzer.run(rounds: rounds)
        #expect(fuzzer.breakCount > 0, "seed \(seed) breaks nothing")
    }

    @Test("entropy", arguments: seeds)
    func entropy(_ seed: UInt64) throws {
        try Self.fuzz(try VirtioEntropy(), seed: seed)
    }

    @Test("balloon", arguments: seeds)
    func balloon(_ seed: UInt64) throws {
        try Self.fuzz(try VirtioBalloon(memoryByteCount: 16 << 20, reportsFreePages: true), seed: seed)
    }

    @Test("shared directory", arguments: seeds)
    func nineP(_ seed: UInt64) throws {
        try Self.fuzz(try DeviceFixtures.share(), seed: seed)
    }

    @Test("block", arguments: seeds)
    func block(_ seed: UInt64) throws {
        let file = try Descriptor(path: "/tmp", flags: O_RDWR | O_TMPFILE)
        try #require(ftruncate(file.borrowed, 1 << 20) == 0)
        let image = try RawImage(owning: file, isReadOnly: false)
        try Self.fuzz(
            try VirtioBlock(image: image, serial: "fuzz", queueCount: 2, deniesRing: seed == 1), seed: seed)
    }

    @Test("network", arguments: seeds)
    func network(_ seed: UInt64) throws {
        let pair = try SocketPair()
        try pair.far.setNonBlocking()
        let frames: [UInt8] = (0..<200).flatMap { [0, 0, 4, 0] + [UInt8](repeating: UInt8($0), count: 1024) }
        _ = try pair.far.write(frames[...])
        let attachment = PasstAttachment(owning: try pair.near.duplicate())
        try Self.fuzz(
            try VirtioNetwork(attachment: attachment, address: MACAddress(rawValue: 0x5254_0000_0001)), seed: seed)
    }

    @Test("console", arguments: seeds)
    func console(_ seed: UInt64) throws {
        let pair = try SocketPair()
        try pair.far.writeAll([UInt8](repeating: 7, count: 60_000))
        let name = "apus-fuzz-\(UInt64.random(in: 0 ... .max))"
        let ports = [
            ConsolePort(name: "one", endpoint: try ConsoleEndpoint(listeningOn: try UnixSocket.listen(name))),
            ConsolePort(
                name: "two", endpoint: try ConsoleEndpoint(output: try Descriptor(path: "/dev/null", flags: O_WRONLY))),
        ]
        let client = try UnixSocket.connect(name)
        let device = try VirtioConsole(
            console: try ConsoleEndpoint(input: try pair.near.duplicate(), output: try pair.near.duplicate()),
            ports: ports)
        try Self.fuzz(device, seed: seed)
        _ = consume client
    }
}
