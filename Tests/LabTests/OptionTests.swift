// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Lab

@Suite("Lab options")
struct OptionTests {
    @Test("what cannot work is refused before anything starts")
    func validates() {
        var configuration = LabConfiguration(command: ["true"])
        configuration.memoryByteCount = 64 << 20
        #expect(throws: LabError.self) { try configuration.validate() }
        configuration = LabConfiguration(command: [])
        #expect(throws: LabError.self) { try configuration.validate() }
        configuration = LabConfiguration(command: ["true"])
        configuration.processorCount = 65
        #expect(throws: LabError.self) { try configuration.validate() }
        configuration = LabConfiguration(command: ["true"])
        configuration.scratchByteCount = 1
        #expect(throws: LabError.self) { try configuration.validate() }
        configuration = LabConfiguration(command: ["true"])
        configuration.disks = Array(repeating: "disk", count: 17)
        #expect(throws: LabError.self) { try configuration.validate() }
    }

    @Test("the command gets the part of the environment that holds in the lab")
    func inheritsEnvironment() {
        let kept = LabEnvironment.inherited(from: [
            "PATH=/usr/bin:/bin", "HOME=/h", "LC_ALL=C", "SSH_AUTH_SOCK=/run/x", "APUS_LAB=0", "APUS_CACHE=/c",
            "LD_PRELOAD=x",
        ])

        let expected = [
            "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/h", "LC_ALL=C", "APUS_CACHE=/c", "APUS_LAB=1",
            "APUS_LAB_OUTPUT=/lab",
        ]
        #expect(kept == expected)
    }
}

@Suite("Leaving by Ctrl-]")
struct EscapeDetectorTests {
    static let inputs: [(chunks: [[UInt8]], passed: [UInt8], leaves: Bool)] = [
        ([[1, 2]], [1, 2], false),
        ([[0x1d], [0x1d]], [], true),
        ([[1, 0x1d, 0x1d, 2]], [1], true),
        ([[0x1d], [3]], [0x1d, 3], false),
        ([[0x1d, 3, 0x1d, 4]], [0x1d, 3, 0x1d, 4], false),
        ([[0x1d]], [], false),
    ]

    @Test("only twice in a row leaves; once is passed on with the next key", arguments: inputs)
    func detects(_ chunks: [[UInt8]], _ passed: [UInt8], _ leaves: Bool) {
        var detector = EscapeDetector()

        let result = chunks.flatMap { detector.filter($0[...]) }

        #expect(result == passed)
        #expect(detector.hasLeft == leaves)
    }
}
