// SPDX-License-Identifier: Apache-2.0
import Configuration
import Testing

@testable import Launcher

@Suite("Containers that are given as raw disks")
struct ImageContainerTests {
    /// What an image begins with, and the format that is warned of.
    struct Beginning: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let name: String?
    }

    static let beginnings: [Beginning] = [
        Beginning(testDescription: "qcow2", bytes: [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3], name: "qcow2"),
        Beginning(testDescription: "VMDK", bytes: Array("KDMV".utf8), name: "VMDK"),
        Beginning(testDescription: "VHDX", bytes: Array("vhdxfile".utf8), name: "VHDX"),
        Beginning(
            testDescription: "VDI", bytes: [UInt8](repeating: 0x20, count: 64) + [0x7F, 0x10, 0xDA, 0xBE], name: "VDI"),
        Beginning(testDescription: "zeroes", bytes: [], name: nil),
        Beginning(testDescription: "a signature elsewhere", bytes: [0, 0x51, 0x46, 0x49, 0xFB], name: nil),
        Beginning(testDescription: "a signature that is cut", bytes: Array("vhdxfil".utf8), name: nil),
    ]

    @Test("are warned of and not refused", arguments: beginnings)
    func warns(_ beginning: Beginning) throws {
        let bench = try Workbench()
        let padding = [UInt8](repeating: 0, count: 4096 - beginning.bytes.count)
        try bench.write("disk", beginning.bytes + padding)
        let preparation = Preparation(
            bench.machine { $0.disks = [DiskConfiguration(source: .path(bench.path("disk")), format: .raw)] })

        preparation.inspectFiles()

        #expect(preparation.problems == [])
        #expect(preparation.warnings.count == (beginning.name == nil ? 0 : 1))
        if let name = beginning.name {
            #expect(preparation.warnings.first?.contains("as a \(name) image does") == true)
            #expect(preparation.warnings.first?.hasPrefix(bench.path("disk")) == true)
        }
    }
}
