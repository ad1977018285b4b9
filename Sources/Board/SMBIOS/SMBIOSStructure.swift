// SPDX-License-Identifier: Apache-2.0

/// A structure of the SMBIOS table (DMTF DSP0134 2.8 §6.1): a header, fields, and the strings that the fields count.
struct SMBIOSStructure {
    private let type: UInt8
    private let handle: UInt16
    private var fields: [UInt8] = []
    private var strings: [String] = []

    init(type: UInt8, handle: UInt16) {
        self.type = type
        self.handle = handle
    }

    mutating func add<Value: FixedWidthInteger>(_ value: Value) { fields.append(littleEndian: value) }

    mutating func add(_ bytes: [UInt8]) { fields += bytes }

    /// A field that names a string: its number in the structure's list, 0 for none.
    mutating func add(text: String) {
        let clean = String(decoding: text.utf8.filter { $0 != 0 }.prefix(255), as: UTF8.self)
        if clean.isEmpty { return fields.append(0) }
        strings.append(clean)
        fields.append(UInt8(truncatingIfNeeded: strings.count))
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [type, UInt8(4 + fields.count)]
        bytes.append(littleEndian: handle)
        bytes += fields
        for string in strings { bytes += Array(string.utf8) + [0] }
        return bytes + (strings.isEmpty ? [0, 0] : [0])
    }
}
