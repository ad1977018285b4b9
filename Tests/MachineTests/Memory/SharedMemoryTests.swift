// SPDX-License-Identifier: Apache-2.0
import CMachine
import Host
import Testing

@testable import Machine

@Suite("Shared guest memory")
struct SharedMemoryTests {
    @Test("another mapping of the file sees what the guest writes, below and above the hole")
    func isShared() throws {
        let memory = try GuestMemory(lowByteCount: 2 << 20, highByteCount: 1 << 20, isShared: true)
        let file = try #require(memory.file)
        let other = try Mapping(sharing: file.descriptor, byteCount: 3 << 20)

        for region in memory.sharedRegions {
            try memory.store(UInt32(0xCAFE), at: region.address)
            #expect(unsafe other.start.load(fromByteOffset: Int(region.fileOffset), as: UInt32.self) == 0xCAFE)
        }

        #expect(memory.hostBase.isMultiple(of: 2 << 20))
    }

    @Test("a page that is given back leaves the file, and reads as zeros")
    func discards() throws {
        let memory = try GuestMemory(lowByteCount: 2 << 20, isShared: true)
        let file = try #require(memory.file)
        for page in 0..<4 { try memory.store(UInt64.max, at: GuestAddress(UInt64(page) * 4096)) }
        let before = try blocks(of: file)

        try memory.discard(at: GuestAddress(4096), byteCount: 8192)

        #expect(try memory.load(UInt64.self, at: GuestAddress(4096)) == 0)
        #expect(try memory.load(UInt64.self, at: GuestAddress(3 * 4096)) == .max)
        // A file system that gives out huge pages keeps the page, emptied.
        #expect(try blocks(of: file) <= before)
        try memory.clear()
        // A look at it makes a page again.
        #expect(try blocks(of: file) == 0)
        #expect(try memory.load(UInt64.self, at: GuestAddress(0)) == 0)
    }

    @Test("nobody who holds the file can change its size")
    func sealed() throws {
        let file = try SharedMemoryFile(byteCount: 1 << 20)

        #expect(ftruncate(file.descriptor.borrowed, 4096) == -1)
        #expect(ftruncate(file.descriptor.borrowed, 2 << 20) == -1)
    }

    private func blocks(of file: SharedMemoryFile) throws -> Int {
        var status = stat()
        try #require(unsafe fstat(file.descriptor.borrowed, &status) == 0)
        return Int(status.st_blocks)
    }
}
