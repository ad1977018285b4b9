// SPDX-License-Identifier: Apache-2.0
import Glibc
import JSON
import Testing

@testable import Doctor

@Suite("Doctor")
struct DoctorTests {
    /// How KVM is found, and what follows.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let state: KVMFindings.State
        let hasEmulator: Bool
        let name: String
        let exitStatus: Int32
    }

    static let cases = [
        Case(testDescription: "hardware", state: .usable, hasEmulator: false, name: "here", exitStatus: 0),
        Case(
            testDescription: "no KVM, but QEMU", state: .unusable(reason: "KVM is not there"), hasEmulator: true,
            name: "lab", exitStatus: 2),
        Case(
            testDescription: "neither", state: .unusable(reason: "KVM is not there"), hasEmulator: false,
            name: "nowhere", exitStatus: 1),
        Case(
            testDescription: "no right", state: .noRight(reason: "no right"), hasEmulator: true, name: "nowhere",
            exitStatus: 1),
    ]

    @Test("the verdict follows from KVM and QEMU", arguments: cases)
    func verdict(_ test: Case) {
        let verdict = Doctor.verdict(KVMFindings(state: test.state, checks: []), hasEmulator: test.hasEmulator)

        #expect(verdict.name == test.name)
        #expect(verdict.exitStatus == test.exitStatus)
        #expect((verdict.reason == nil) == (test.name == "here"))
    }

    @Test("a table has a line for each check, the remedy below it, and ends with the verdict")
    func table() {
        let examination = Examination(
            checks: [Check("a", "long title", .pass, "fine"), Check("b", "short", .warn, "poor", remedy: "feed it")],
            verdict: .onlyInLab(reason: "KVM is not there"))

        #expect(
            examination.table == """
                pass  long title  fine
                warn  short       poor
                                  → feed it

                This host can run virtual machines only in the lab: KVM is not there.
                """)
    }

    @Test("the document says the same to programs")
    func document() throws {
        let examination = Examination(
            checks: [Check("b", "short", .warn, "poor", remedy: "feed \"it\"")], verdict: .here)

        let document = try JSONValue(parsing: Array(examination.json.utf8), maximumByteCount: 4096)

        #expect(document["verdict"]?.text == "here")
        #expect(document["exitStatus"]?.integerValue == 0)
        #expect(document["reason"] == .null)
        #expect(
            document["checks"]?.elements == [
                ["name": "b", "title": "short", "result": "warn", "found": "poor", "remedy": "feed \"it\""]
            ])
    }

    @Test("this host is looked at: names differ, and what is not well has a remedy")
    func examine() {
        let examination = Doctor.examine()

        #expect(Set(examination.checks.map(\.name)).count == examination.checks.count)
        for check in examination.checks where check.result != .pass {
            #expect(check.remedy?.isEmpty == false, "\(check.name)")
        }
    }

    @Test("a tiny guest runs wherever KVM opens", .enabled(if: unsafe access("/dev/kvm", R_OK | W_OK) == 0))
    func speed() throws {
        let check = try #require(KVMFindings.now().checks.first { $0.name == "kvm-speed" })

        #expect(check.found.contains("million instructions in a second"))
    }
}
