// SPDX-License-Identifier: Apache-2.0

/// The bytes of a header out of a file. A field past their end reads as 0, so that no offset can trap.
struct HeaderBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func byte(at offset: Int) -> UInt8 { bytes.load(at: offset) ?? 0 }

    func half(at offset: Int) -> UInt16 { bytes.load(at: offset) ?? 0 }

    func word(at offset: Int) -> UInt32 { bytes.load(at: offset) ?? 0 }

    func long(at offset: Int) -> UInt64 { bytes.load(at: offset) ?? 0 }
}
