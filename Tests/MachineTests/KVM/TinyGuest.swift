// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@testable import Machine

/// A guest of a few instructions: 32-bit protected mode without paging, in an ELF file with a multiboot header.
struct TinyGuest {
    private static let base: UInt32 = 0x10_0000
    let image: [UInt8]

    /// Makes an image that runs `code`.
    init(_ code: [UInt8]) {
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1] + [UInt8](repeating: 0, count: 9)
        func word(_ value: UInt32) {
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
        }
        func half(_ value: UInt16) { bytes += [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
        let headerSize: UInt32 = 96
        half(2)
        half(3)
        word(1)
        word(Self.base + headerSize)
        word(52)
        word(0)
        word(0)
        half(52)
        half(32)
        half(1)
        half(40)
        half(0)
        half(0)
        let size = headerSize + UInt32(code.count)
        for value in [1, 0, Self.base, Self.base, size, size, 7, 4096] as [UInt32] { word(value) }
        for value in [0x1bad_b002, 0, 0 &- 0x1bad_b002] as [UInt32] { word(value) }
        image = bytes + code
    }

    /// The image as an open file.
    func open() throws -> OpenFile {
        let number = unsafe memfd_create("guest", 0)
        try #require(number >= 0)
        let descriptor = Descriptor(owning: number)
        try descriptor.writeAll(image)
        return try OpenFile(owning: descriptor)
    }

    /// `mov dx, port; mov al, value; out dx, al`.
    static func out(_ value: UInt8, port: UInt16) -> [UInt8] {
        [0x66, 0xba, UInt8(truncatingIfNeeded: port), UInt8(port >> 8), 0xb0, value, 0xee]
    }

    /// Ends the machine through the debug-exit port.
    static func exit(_ value: UInt8) -> [UInt8] { out(value, port: 0xf4) + halt }
    static let halt: [UInt8] = [0xf4, 0xeb, 0xfd]
}
