// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

/// A firmware that follows `etc/table-loader` as SeaBIOS does: files go to addresses of its choice.
struct TableLoader {
    /// Each loaded file and where it lies.
    private(set) var loaded: [String: (address: UInt64, bytes: [UInt8])] = [:]
    private var next: UInt64 = 0x7ff0_0000

    init(_ files: [FirmwareFile]) throws {
        let script = try #require(files.first { $0.name == "etc/table-loader" }).bytes
        #expect(script.count % 128 == 0)
        for start in stride(from: 0, to: script.count, by: 128) {
            let entry = Array(script[start..<(start + 128)])
            let name = entry.text(at: 4)
            switch entry.get(UInt32.self, at: 0) {
            case 1:
                let alignment = UInt64(entry.get(UInt32.self, at: 60))
                next = (next + alignment - 1) / alignment * alignment
                let bytes = try #require(files.first { $0.name == name }).bytes
                loaded[name] = (entry[64] == 2 ? 0xf_5000 : next, bytes)
                if entry[64] == 1 { next += UInt64(bytes.count) }
            case 2:
                let target = try #require(loaded[entry.text(at: 60)]).address
                let offset = Int(entry.get(UInt32.self, at: 116))
                var bytes = try #require(loaded[name]).bytes
                if entry[120] == 4 {
                    bytes.put(bytes.get(UInt32.self, at: offset) + UInt32(target), at: offset)
                } else {
                    bytes.put(bytes.get(UInt64.self, at: offset) + target, at: offset)
                }
                loaded[name]?.bytes = bytes
            case 3:
                let offset = Int(entry.get(UInt32.self, at: 60))
                let first = Int(entry.get(UInt32.self, at: 64))
                let count = Int(entry.get(UInt32.self, at: 68))
                var bytes = try #require(loaded[name]).bytes
                #expect(bytes[offset] == 0, "OVMF takes the byte for a part of the sum")
                bytes[offset] = 0 &- bytes[first..<(first + count)].reduce(0, &+)
                loaded[name]?.bytes = bytes
            case let command: Issue.record("the unknown command \(command)")
            }
        }
    }

    /// The table at an address that another one names.
    func table(at address: UInt64) throws -> [UInt8] {
        let file = try #require(loaded["etc/acpi/tables"])
        let start = Int(address - file.address)
        let count = Int(file.bytes.get(UInt32.self, at: start + 4))
        return Array(file.bytes[start..<(start + count)])
    }
}
