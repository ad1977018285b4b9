// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension EndToEnd {
    /// A guest that gives memory to its host when it is asked, and takes it back.
    @Suite("The balloon", .of(.balloon))
    struct BalloonTests {
        static let mebibyte: Int64 = 1 << 20
        let result: ScenarioResult
        let said: JSONValue

        init() throws {
            result = try Scenario.balloon.result()
            said = try result.clientAnswer()
        }

        @Test("the machine runs to its end, and the guest has nothing to complain of")
        func ends() {
            #expect(result.isOrderly && result.status() == 0, "\(result)")
            #expect(result.complaints == [], "\(result)")
        }

        @Test("what the guest gives, the process holds no more")
        func shrinks() throws {
            #expect(said["full"]?["actual"]?.integerValue == 320 * Self.mebibyte)
            #expect(said["less"]?["actual"]?.integerValue == 128 * Self.mebibyte)
            #expect(said["inflated"]?["data"]?["actual"]?.integerValue == 128 * Self.mebibyte)
            let before = try #require(said["resident"]?.integerValue) / Self.mebibyte
            let after = try #require(said["resident-less"]?.integerValue) / Self.mebibyte
            #expect(before > 220 && after < 160, "\(before) MiB before, \(after) after")
        }

        @Test("the guest's statistics arrive under QEMU's names")
        func statistics() throws {
            let told = try #require(said["statistics"])
            #expect(try #require(told["last-update"]?.integerValue) > 1_600_000_000)
            let total = try #require(told["stats"]?["stat-total-memory"]?.unsignedValue)
            let free = try #require(told["stats"]?["stat-free-memory"]?.unsignedValue)
            #expect(free < 110 << 20 && free < total && total < 320 << 20)
            #expect(told["stats"]?.members?.keys.count == 10)
            #expect(said["interval"] == 1)
        }

        @Test("a guest that runs out of memory takes some back, all zeros")
        func takesBack() throws {
            #expect(result.said("guest: took ") == ["146800640 0"], "\(result)")
            #expect(try #require(said["taken"]?["actual"]?.integerValue) > 160 * Self.mebibyte)
            #expect(said["deflated"]?["data"]?["actual"]?.integerValue == 320 * Self.mebibyte)
        }

        @Test("another object is not found")
        func refuses() { #expect(said["error"] == "DeviceNotFound") }
    }

    /// A guest that tells of what it frees.
    @Suite("Free page reporting", .of(.freePages))
    struct FreePageTests {
        @Test("freed memory goes back to the host by itself, and can be used again")
        func frees() throws {
            let result = try Scenario.freePages.result()

            #expect(result.isOrderly && result.status() == 0, "\(result)")
            let before = try #require(Int(result["before"]), "\(result)")
            let after = try #require(Int(result["after"]), "\(result)")
            #expect(before - after >= 135, "\(before) MiB before, \(after) after")
            #expect(result.said("guest: filled again ") == ["0"], "\(result)")
            #expect(result.complaints == [], "\(result)")
        }
    }
}
