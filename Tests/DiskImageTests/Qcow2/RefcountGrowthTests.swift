// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DiskImage

@Suite("Growth of the refcount table")
struct RefcountGrowthTests {
    @Test(
        "the table moves when the file becomes too large for it, whatever the width of the counts",
        arguments: [1, 2, 4, 8, 16, 32, 64])
    func grows(_ bits: Int) throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 4 << 20)
        (options.clusterSize, options.refcountBits) = (512, bits)
        let image = try scratch.create("image", options)
        let before = image.header.refcountTableOffset
        // As many clusters as a table of one cluster can count; few of them are used, so that it is soon over.
        let reach = 64 * image.geometry.blockEntryCount
        image.freeHint = reach - 50

        for number in 0..<20 {
            try image.write([UInt8](repeating: UInt8(number + 1), count: 2048), at: UInt64(number) << 16)
        }
        try image.close()

        #expect(image.header.refcountTableOffset != before)
        #expect(image.header.refcountTableClusterCount > 1)
        try scratch.checkClean("image", "\(bits) bits")
        let again = try scratch.image("image")
        for number in 0..<20 {
            let bytes = try again.bytes(at: UInt64(number) << 16, count: 2048)
            #expect(bytes == [UInt8](repeating: UInt8(number + 1), count: 2048))
        }
    }

    @Test("a snapshot is taken, gone back to and ended where that makes the table grow", arguments: [2, 16, 64])
    func growsInSnapshot(_ bits: Int) throws {
        let scratch = try Scratch()
        var options = Qcow2CreateOptions(byteCount: 4 << 20)
        (options.clusterSize, options.refcountBits) = (512, bits)
        let image = try scratch.create("image", options)
        try image.write([UInt8](repeating: 1, count: 512 * 1000), at: 0)
        try image.flush()
        for room in [3, 17, 40] as [UInt64] {
            image.freeHint = 64 * image.geometry.blockEntryCount - room
            try image.createSnapshot(name: "one", seconds: 1)
            try scratch.checkClean("image", "\(bits) bits, room for \(room), taken")
            try image.write([UInt8](repeating: 2, count: 512 * 100), at: 0)
            image.freeHint = UInt64(image.refcountTable.entries.count) * image.geometry.blockEntryCount - room
            try image.applySnapshot("one")
            try scratch.checkClean("image", "\(bits) bits, room for \(room), gone back to")
            image.freeHint = UInt64(image.refcountTable.entries.count) * image.geometry.blockEntryCount - room
            try image.deleteSnapshot("one")
            try scratch.checkClean("image", "\(bits) bits, room for \(room), ended")
        }
        #expect(try image.bytes(at: 0, count: 512 * 1000) == [UInt8](repeating: 1, count: 512 * 1000))
    }

    @Test("a storage that fails in the midst of a snapshot leaves an image in order", arguments: 0..<40)
    func failing(_ number: Int) throws {
        let node = LoggedNode()
        var options = Qcow2CreateOptions(byteCount: 1 << 20)
        options.clusterSize = 512
        let image = try Qcow2Image.create(on: node, options)
        try image.write([UInt8](repeating: 1, count: 100_000), at: 0)
        try image.flush()
        node.writesUntilFailure = number

        _ = try? image.createSnapshot(name: "one", seconds: 1)
        node.writesUntilFailure = nil

        let again = try Qcow2Image(file: LoggedNode(node.contents), isReadOnly: false)
        #expect(try again.check().corruptions == 0)
        #expect(try again.bytes(at: 0, count: 100_000) == [UInt8](repeating: 1, count: 100_000))
    }
}
