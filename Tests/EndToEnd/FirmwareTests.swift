// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
    /// The standard guest, started by UEFI; `AgentTests` has it started by the BIOS.
    @Suite("UEFI", .of(.firmwareUEFI))
    struct FirmwareTests {
        let result: ScenarioResult

        init() throws {
            result = try Scenario.firmwareUEFI.result()
            try #require(result.isOrderly, "\(result)")
        }

        @Test("starts the disk that comes first in the boot order, to its login prompt, and powers off")
        func starts() {
            #expect(result["console.first"].contains("BdsDxe: starting Boot"), "\(result)")
            #expect(result["console.first"].contains("apus-guest login:"), "\(result)")
            #expect(result["board.out"] == "Apus", "\(result["board.err"])")
            #expect(result.status() == 0, "\(result)")
        }

        @Test("finds every BAR in the window that the tables name")
        func namesWindow() { #expect(result["claims.out"] == "0", "\(result["claims.err"])") }

        @Test("a variable that the guest sets is in the file, with which the next machine starts")
        func keepsVariables() {
            #expect(result.status("store.status") == 0, "\(result["store.err"])")
            #expect(result["variables.size"] == "540672")
            #expect(result["variables.found"] == "yes")
            #expect(result["console"].contains("BdsDxe: starting Boot"))
        }

        @Test("two machines cannot have the same variables")
        func locks() {
            #expect(result.status("second.status") == 69)
            #expect(result["second.err"].contains("another machine uses these variables"))
        }
    }
}
