// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Foundation
import Glibc
import Host
import MachineTesting
import Testing

/// Files and block devices, through the page cache and past it.
@Suite("Files and block devices as nodes")
struct FileNodeTests {
    /// Where a file lies and how it is opened.
    struct Place: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let folder: String
        let isDirect: Bool
    }

    private static let folders = ["/tmp", "/dev/shm", "/var/tmp"]
    static let places = folders.map { Place(testDescription: $0, folder: $0, isDirect: false) } + directPlaces
    /// Those whose file system has direct access.
    static let directPlaces = folders.compactMap { folder -> Place? in
        let path = "\(folder)/apus-file-\(UUID().uuidString)"
        defer { _ = unsafe unlink(path) }
        guard (try? Self.open(path, isDirect: true)) != nil else { return nil }
        return Place(testDescription: "\(folder), direct", folder: folder, isDirect: true)
    }

    private static func open(_ path: String, isDirect: Bool, isReadOnly: Bool = false) throws -> FileNode {
        let flags = (isReadOnly ? O_RDONLY : O_RDWR | O_CREAT) | (isDirect ? Descriptor.directFlag : 0)
        return try FileNode(
            owning: try Descriptor(path: path, flags: flags), isReadOnly: isReadOnly, isDirect: isDirect)
    }

    @Test("requests that begin and end anywhere do what was asked, at the end of the file too", arguments: places)
    func anywhere(_ place: Place) throws {
        let path = "\(place.folder)/apus-file-\(UUID().uuidString)"
        defer { _ = unsafe unlink(path) }
        let node = try Self.open(path, isDirect: place.isDirect)
        var random = SplitMix(seed: 20261122)
        var expected = [UInt8](repeating: 0, count: 3_000_001)
        try node.resize(to: UInt64(expected.count))

        for _ in 0..<150 {
            let count = random.once(in: 8) ? random.below(2_500_000) : random.below(9000)
            let offset = random.once(in: 4) ? expected.count - count : random.below(expected.count - count + 1)
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ offset) }
            switch random.below(3) {
            case 0:
                try node.writeZeroes(UInt64(offset)..<UInt64(offset + count), mayUnmap: random.once(in: 2))
                for index in offset..<offset + count { expected[index] = 0 }
            default:
                try node.write(bytes, at: UInt64(offset))
                expected.replaceSubrange(offset..<offset + count, with: bytes)
            }
            let length = random.below(6000), start = random.below(expected.count - length + 1)
            #expect(try node.bytes(at: UInt64(start), count: length) == Array(expected[start..<start + length]))
        }

        try node.flush()
        #expect(try node.bytes(at: 0, count: expected.count) == expected)
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == expected)
    }

    @Test(
        "a file grows and shrinks under direct requests",
        .enabled(if: !Self.directPlaces.isEmpty, "no folder of this host has direct access"), arguments: directPlaces)
    func size(_ place: Place) throws {
        let path = "\(place.folder)/apus-file-\(UUID().uuidString)"
        defer { _ = unsafe unlink(path) }
        let node = try Self.open(path, isDirect: true)

        try node.resize(to: 1000)
        try node.write([UInt8](repeating: 9, count: 1000), at: 0)
        try node.resize(to: 10_000)
        #expect(
            try node.bytes(at: 990, count: 20) == [UInt8](repeating: 9, count: 10) + [UInt8](repeating: 0, count: 10))
        try node.write([8], at: 9999)
        try node.resize(to: 500)

        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == [UInt8](repeating: 9, count: 500))
        #expect(throws: BlockError.self) { try node.write([1], at: 500) }
    }

    private static let loops = LoopDevice.obstacle

    @Test(
        "a block device is read, written, zeroed and discarded, and has its size",
        .enabled(if: Self.loops == nil, "\(Self.loops ?? "")"), arguments: [512, 4096], [false, true])
    func device(_ sector: Int, _ isDirect: Bool) throws {
        let byteCount = 4 << 20
        let device = try LoopDevice(byteCount: byteCount, sectorByteCount: sector)
        let node = try Self.open(device.path, isDirect: isDirect)
        #expect(node.byteCount == UInt64(byteCount))

        var expected = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 >> 9 &+ 1) }
        try node.write(expected, at: 0)
        try node.write([UInt8](repeating: 77, count: 5000), at: 1001)
        expected.replaceSubrange(1001..<6001, with: repeatElement(77, count: 5000))
        try node.writeZeroes(100_000..<300_001, mayUnmap: false)
        try node.writeZeroes(1 << 20..<2 << 20, mayUnmap: true)
        for index in 100_000..<300_001 { expected[index] = 0 }
        for index in 1 << 20..<2 << 20 { expected[index] = 0 }
        try node.discard(3 << 20..<UInt64(byteCount))
        try node.flush()

        #expect(try node.bytes(at: 0, count: 3 << 20) == Array(expected[..<(3 << 20)]))
        let other = try Self.open(device.path, isDirect: !isDirect, isReadOnly: true)
        #expect(try other.bytes(at: 0, count: 3 << 20) == Array(expected[..<(3 << 20)]))
        #expect(try node.extent(at: 0, limit: UInt64(byteCount)).isData)
        #expect(throws: BlockError.self) { try node.resize(to: UInt64(byteCount) + 4096) }
        #expect(throws: BlockError.self) { try node.write([1], at: UInt64(byteCount)) }
    }

    @Test("the kernel copies between files, and says where it cannot")
    func copying() throws {
        let paths = [0, 1].map { _ in "/tmp/apus-file-\(UUID().uuidString)" }
        defer { for path in paths { _ = unsafe unlink(path) } }
        let (first, second) = (try Self.open(paths[0], isDirect: false), try Self.open(paths[1], isDirect: false))
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try first.resize(to: 100_000)
        try second.resize(to: 100_000)
        try first.write(bytes, at: 0)

        #expect(try second.copy(1000..<90_000, of: first, to: 5000))

        #expect(try second.bytes(at: 5000, count: 89_000) == Array(bytes[1000..<90_000]))
        #expect(try second.bytes(at: 0, count: 5000).allSatisfy { $0 == 0 })
        #expect(throws: BlockError.self) { try second.copy(0..<10, of: first, to: 99_995) }
        #expect(throws: BlockError.self) { try second.copy(99_995..<100_005, of: first, to: 0) }
        let device = try FileNode(owning: try Descriptor(path: paths[0], flags: O_RDONLY), isReadOnly: true)
        #expect(throws: BlockError.readOnly) { try device.copy(0..<10, of: second, to: 0) }
    }
}
