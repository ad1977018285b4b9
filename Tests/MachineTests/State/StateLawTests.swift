// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting
import Testing

@Suite("State laws")
struct StateLawTests {
    @Test("every device keeps the laws of saved state", arguments: SavableSubject.all, [1, 2, 3] as [UInt64])
    func laws(of subject: SavableSubject, seed: UInt64) throws {
        try subject.checkLaws(seed)
    }

    @Test("a device that breaks a law is caught", arguments: BrokenDevice.Fault.allCases)
    func faults(_ fault: BrokenDevice.Fault) {
        let subject = SavableSubject("broken", registerByteCount: 1) { BrokenDevice(fault) }

        #expect(throws: StateLawViolation.self) { try subject.checkLaws(1) }
    }

    @Test("the laws hold for a device without a fault")
    func faultless() throws {
        try SavableSubject("whole", registerByteCount: 1) { BrokenDevice(nil) }.checkLaws(1)
    }
}
