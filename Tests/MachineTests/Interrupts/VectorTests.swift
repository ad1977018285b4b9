// SPDX-License-Identifier: Apache-2.0
import Board
import Host
import MachineTesting
import Testing

@testable import Machine

@Suite("Interrupt vectors of all devices")
struct VectorTests {
    private static func devices(_ count: Int) throws -> [MachineParts.NamedDevice] {
        try (0..<count).map {
            .init(name: "rng\($0)", device: try VirtioEntropy(), filter: ThreadFilters.entropy)
        }
    }

    @Test("as many as KVM routes are accepted")
    func enough() throws {
        #expect(throws: Never.self) { try Machine.checkVectors(of: try Self.devices(3), limit: 6) }
    }

    @Test("more than KVM routes are refused, with both numbers and what to do")
    func tooMany() throws {
        let devices = try Self.devices(3)

        let error = #expect(throws: MachineError.self) { try Machine.checkVectors(of: devices, limit: 5) }

        guard case .vectors(needed: 6, limit: 5)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("6 interrupt vectors") == true)
        #expect(error?.description.contains("use fewer") == true)
    }

    @Test("the pins of the interrupt controllers take their part of the table")
    func pins() {
        #expect(KernelMessageRouter.messageLimit(entries: 4096) == 4096 - InterruptRoute.legacy.count)
        #expect(KernelMessageRouter.messageLimit(entries: 0) == 0)
        #expect(KernelMessageRouter.messageLimit(entries: .max) < 1 << 16)
    }

    @Test("a bus full of the largest functions has routes for all in a table of 4096")
    func largest() {
        let most = PCIFunctionAddress.freeDevices.count * VirtioPCILayout.vectorLimit
        #expect(most <= KernelMessageRouter.messageLimit(entries: 4096))
    }
}
