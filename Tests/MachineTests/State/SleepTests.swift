// SPDX-License-Identifier: Apache-2.0
import Configuration
import Machine
import MachineTesting
import Testing

@Suite("Sleep and wake")
struct SleepTests {
    /// A virtio device behind its function, served by the thread of the test.
    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable () throws -> VirtioPCIFunction
    }

    static let subjects = [
        Subject(testDescription: "entropy source") { try DeviceFixtures.served(VirtioEntropy()) },
        Subject(testDescription: "balloon") {
            try DeviceFixtures.served(VirtioBalloon(memoryByteCount: 2 << 20, reportsFreePages: true))
        },
        Subject(testDescription: "network card") {
            try DeviceFixtures.served(VirtioNetwork(attachment: nil, address: MACAddress(rawValue: 0x5254_0012_3456)))
        },
        Subject(testDescription: "network card with two queue pairs") {
            try DeviceFixtures.served(DeviceFixtures.networkCard())
        },
        Subject(testDescription: "disk") { try DeviceFixtures.served(DeviceFixtures.disk()) },
        Subject(testDescription: "shared directory") { try DeviceFixtures.served(DeviceFixtures.share()) },
        Subject(testDescription: "console") { try DeviceFixtures.served(VirtioConsole(console: nil, ports: [])) },
    ]

    @Test("sleep and wake change nothing", arguments: subjects, [1, 2, 3] as [UInt64])
    func changeNothing(_ subject: Subject, seed: UInt64) throws {
        let function = try subject.make()
        var fuzzer = TransportFuzzer(function, seed: seed)

        for _ in 0..<20 {
            fuzzer.run(count: 50)
            // What waited in the rings is done by the first wake; from then on there is nothing to change.
            function.device.sleep()
            function.device.wake()
            function.device.sleep()
            let before = function.state
            function.device.wake()
            function.device.sleep()

            #expect(function.state == before, "seed \(seed)")
            function.device.wake()
        }
    }
}
