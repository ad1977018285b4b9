// SPDX-License-Identifier: Apache-2.0
import Host
import Machine
import Testing

@testable import apus_vmm

@Suite("Changes of the balloon")
struct BalloonRelayTests {
    @Test("the first is told at once, and of those that follow within a second the last alone")
    func limits() throws {
        let loop = try ControlLoop()
        let balloon = try VirtioBalloon(memoryByteCount: 1 << 30)
        var told: [UInt64] = []
        let relay = try BalloonRelay(balloon, loop: loop) { told.append($0) }

        balloon.writeConfiguration(1, at: 4, width: .long)
        try loop.turn()
        #expect(told == [1 << 30 - 4096])
        for pages in UInt64(2)...9 {
            balloon.writeConfiguration(pages, at: 4, width: .long)
            try loop.turn()
        }
        while told.last != 1 << 30 - 9 * 4096 { try loop.turn() }

        #expect(told.count < 9, "nothing was left out")
        withExtendedLifetime(relay) {}
    }
}
