// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Host
import MachineTesting
import Testing

@testable import DiskImage

@Suite("What is known of granules")
struct GranuleCacheTests {
    private static func page(_ number: UInt64) -> [GranuleMapping] {
        (0..<GranuleCache.pageGranuleCount).map { index in
            GranuleMapping(file: 1, offset: (number * 64 + UInt64(index)) << 16, isWritable: number % 2 == 0)
        }
    }

    @Test("random pages of 2 TiB take no more than what is stated, and what is known of one is right")
    func bound() throws {
        let seed = UInt64.random(in: 1 ... .max)
        var random = SplitMix(seed: seed)
        let cache = try GranuleCache(diskByteCount: 2 << 40, granuleBits: 16)
        #expect(cache.byteLimit <= GranuleCache.usualByteLimit + GranuleCache.usualByteLimit / 64)

        let pageCount: UInt64 = (2 << 40) >> 22
        let whole = { (page: UInt64) in
            [GranuleMapping](
                repeating: GranuleMapping(file: 1, offset: page << 22, isWritable: true),
                count: GranuleCache.pageGranuleCount)
        }
        for _ in 0..<100_000 {
            let page = random.next() % pageCount
            cache.insert(page: page, whole(page))
            #expect(cache.mapping(page * 64 + 63).offset == page << 22, "seed \(seed)")
        }
        var known = 0
        for page in 0..<pageCount {
            let found = cache.mapping(page * 64 + page % 64)
            if found == .unknown { continue }
            known += 1
            #expect(found.offset == page << 22, "seed \(seed)")
        }

        // Nearly all places are taken; more than these there are not.
        let places = GranuleCache.usualByteLimit / 512
        #expect((places * 9 / 10...places).contains(known), "seed \(seed)")
    }

    @Test("a small disk's granules are all known once they have been looked up")
    func small() throws {
        let cache = try GranuleCache(diskByteCount: 1 << 30, granuleBits: 12)
        #expect(cache.byteLimit < 5 << 20)

        for page in 0..<UInt64(4096) { cache.insert(page: page, Self.page(page)) }

        for page in 0..<UInt64(4096) { #expect(cache.mapping(page * 64) == Self.page(page)[0]) }
    }

    @Test("a run goes as far as a file has granules side by side, over pages, and begins inside of one")
    func runs() throws {
        let cache = try GranuleCache(diskByteCount: 1 << 30, granuleBits: 16)
        cache.insert(page: 0, Self.page(0))
        var second = Self.page(1).map { GranuleMapping(file: 1, offset: $0.offset, isWritable: true) }
        second[2] = .zero
        second[3] = .zero
        cache.insert(page: 1, second)

        let long = cache.run(at: 1536, limit: 64 << 20)
        let zeros = cache.run(at: 66 << 16, limit: 64 << 20)
        let unknown = cache.run(at: 500 << 16, limit: 64 << 20)

        #expect(long.mapping.file == 1 && long.offset == 1536 && long.byteCount == 66 << 16 - 1536)
        #expect(zeros.mapping == .zero && zeros.byteCount == 2 << 16)
        #expect(unknown.mapping == .unknown)
        #expect(cache.run(at: 1536, limit: 512).byteCount == 512)
    }

    @Test("what is forgotten is unknown, and nothing else is")
    func forgetting() throws {
        let cache = try GranuleCache(diskByteCount: 1 << 30, granuleBits: 16)
        for page in 0..<UInt64(8) { cache.insert(page: page, Self.page(page)) }

        cache.update(from: 64, [.indirect, .zero])
        cache.forget(200 << 16..<300 << 16)

        #expect(cache.mapping(64) == .indirect && cache.mapping(65) == .zero)
        #expect(cache.mapping(66) == Self.page(1)[2])
        #expect((0..<8).filter { cache.mapping($0 * 64) == .unknown } == [3, 4])
        cache.removeAll()
        #expect((0..<8).allSatisfy { cache.mapping($0 * 64) == .unknown })
    }
}
