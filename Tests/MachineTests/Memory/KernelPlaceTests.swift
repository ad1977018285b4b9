// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

@testable import Machine

@Suite("The kernel's place in memory")
struct KernelPlaceTests {
    /// How many pages of a range of guest addresses are resident (mincore(2)).
    private static func residentPages(of memory: GuestMemory, in range: Range<UInt64>) throws -> Int {
        let address = unsafe UnsafeMutableRawPointer(bitPattern: UInt(memory.hostBase + range.lowerBound))
        let start = unsafe try #require(unsafe address)
        var pages = [UInt8](repeating: 0, count: range.count / 4096)
        #expect(unsafe mincore(start, range.count, &pages) == 0)
        return pages.count { $0 & 1 != 0 }
    }

    @Test("has its pages before firmware runs, and nothing else has")
    func populated() throws {
        let memory = try GuestMemory(lowByteCount: 128 << 20)

        memory.populateKernelPlace()

        let place = GuestMemory.kernelPlace
        #expect(try Self.residentPages(of: memory, in: place) == place.count / 4096)
        #expect(try Self.residentPages(of: memory, in: 0..<place.lowerBound) == 0)
        #expect(try Self.residentPages(of: memory, in: place.upperBound..<128 << 20) == 0)
    }

    @Test(
        "is left alone in a small guest, where equal pages are merged, and where others share the memory",
        arguments: [(127, false, false), (128, true, false), (128, false, true)])
    func untouched(mebibytes: UInt64, mergeable: Bool, isShared: Bool) throws {
        let memory = try GuestMemory(lowByteCount: mebibytes << 20, mergeable: mergeable, isShared: isShared)

        memory.populateKernelPlace()

        #expect(try Self.residentPages(of: memory, in: 0..<mebibytes << 20) == 0)
    }
}
