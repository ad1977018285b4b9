// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension EndToEnd {
    @Suite("The life of a machine")
    struct LifeTests {
        @Test("a reboot starts the kernel again, with all processors; a block device keeps its bytes", .of(.reboot))
        func reboots() throws {
            let result = try Scenario.reboot.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result.said("start ") == ["x with 2 processors", "xx with 2 processors"], "\(result)")
            #expect(result["starts"].prefix(2) == "xx")
            #expect(result.complaints == [], "\(result)")
        }

        @Test("a panic ends the machine with 71, and the processors are shown", .of(.panic))
        func panics() throws {
            let result = try Scenario.panic.result()

            #expect(result.isOrderly && result.status() == 71, "\(result)")
            #expect(result["errors"].contains("the guest's kernel panicked"), "\(result)")
            for word in ["vCPU 0:", "vCPU 1:", "rip=0x", "cr3=0x", "code: "] {
                #expect(result["errors"].contains(word), "\(result)")
            }
        }

        @Test("a panic is told to the monitor's client, then the end and its reason", .of(.monitoredPanic))
        func tellsPanic() throws {
            let result = try Scenario.monitoredPanic.result()

            #expect(result.isOrderly && result.status() == 71, "\(result)")
            let events = try #require(try result.clientAnswer().elements)
            #expect(events.map { $0["event"] } == ["GUEST_PANICKED", "SHUTDOWN"])
            #expect(events.first?["data"]?["action"] == "poweroff")
            #expect(events.last?["data"]?["guest"] == true)
            #expect(events.last?["data"]?["reason"] == "guest-panic")
        }

        @Test("a triple fault ends it with 72, and the processor is shown", .of(.tripleFault))
        func faults() throws {
            let result = try Scenario.tripleFault.result()

            #expect(result.isOrderly && result.status() == 72, "\(result)")
            #expect(result["errors"].contains("triple fault"), "\(result)")
            #expect(result["errors"].contains("rip=0x"), "\(result)")
        }

        @Test("a multiboot kernel ends the machine with a code of its own", .of(.debugExit))
        func debugExit() throws {
            let result = try Scenario.debugExit.result()

            #expect(result.isOrderly && result.status() == 21 << 1 | 1, "\(result)")
        }

        @Test("SIGTERM presses the power button, and the guest powers off", .of(.powerButton))
        func powerButton() throws {
            let result = try Scenario.powerButton.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result["console"].contains("Power down"), "\(result)")
            #expect(!result["console"].contains("nobody pressed"), "\(result)")
        }

        @Test("a second SIGTERM ends the machine at once with 75", .of(.secondSignal))
        func secondSignal() throws {
            let result = try Scenario.secondSignal.result()

            #expect(result.isOrderly && result.status() == 75, "\(result)")
            #expect(!result["console"].contains("Power down"), "\(result)")
        }
    }
}
