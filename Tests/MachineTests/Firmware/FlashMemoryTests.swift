// SPDX-License-Identifier: Apache-2.0
import MachineTesting
import Testing

@testable import Machine

@Suite("Flash memory")
struct FlashMemoryTests {
    private let flash = DeviceFixtures.flash()

    @Test("a byte is programmed, and the chip says when it is done")
    func program() {
        flash.setByte(0x10, 0x40)
        flash.setByte(0x10, 0x5a)
        #expect(flash.byte(0) & 0x80 == 0x80)
        flash.setByte(0, 0xff)
        #expect(flash.byte(0x10) == 0x5a)
    }

    @Test("a driver that looks for a chip finds one by its cleared status")
    func detection() {
        flash.setByte(0, 0x50)
        flash.setByte(0, 0x70)
        #expect(flash.byte(0) == 0)
        flash.setByte(0, 0x98)
        #expect((0x10...0x12).map { flash.byte($0) } == Array("QRY".utf8))
    }

    @Test("an erasure needs its confirmation, and sets a block to ones")
    func erase() {
        flash.setByte(0x1001, 0x20)
        flash.setByte(0x1001, 0)
        #expect(flash.byte(0) & 0x20 != 0)
        flash.setByte(0, 0xff)
        #expect(flash.byte(0x1fff) == 0)
        flash.setByte(0x1001, 0x20)
        flash.setByte(0x1001, 0xd0)
        flash.setByte(0, 0xff)
        #expect(flash.byte(0xfff) == 0 && flash.byte(0x1000) == 0xff && flash.byte(0x1fff) == 0xff)
    }

    @Test("a buffer is programmed once it is confirmed")
    func buffer() {
        for value in [0xe8, 2, 1, 2, 3] as [UInt8] { flash.setByte(0x20, value) }
        flash.setByte(0x20, 0xd0)
        flash.setByte(0, 0xff)
        #expect((0x20...0x23).map { flash.byte($0) } == [1, 2, 3, 0])
    }

    @Test("the array leaves the guest's memory with the first command and comes back once")
    func visibility() {
        var changes: [Bool] = []
        flash.onVisibility = { changes.append($0) }
        flash.setByte(0, 0x40)
        flash.setByte(0, 1)
        flash.setByte(0, 0x70)
        flash.setByte(0, 0xff)
        flash.setByte(0, 0xff)
        #expect(changes == [false, true])
    }

    @Test("nothing outside of the chip is read or written")
    func bounds() {
        flash.setByte(8191, 0x40)
        flash.write(.max, at: 8190, width: .quad)
        flash.setByte(.max, 0x20)
        flash.setByte(.max, 0xd0)
        flash.setByte(0, 0xff)
        #expect(flash.read(at: .max, width: .quad) >> 56 == 0)
        #expect(flash.byte(8192) == 0xff)
    }
}
