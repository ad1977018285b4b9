// SPDX-License-Identifier: Apache-2.0
package import Host

/// What is known of where a disk's granules are kept, in bounded memory: pages of 64 granules, each of which has a place
/// in one of four ways of a set. It does no I/O, and belongs to one thread.
///
/// The memory is taken as it is used: at most `byteLimit` bytes of mappings, and a 64th of that for their numbers.
@safe package final class GranuleCache: @unchecked Sendable {
    package static let pageGranuleCount = 64
    /// For clusters of 64 KiB all of 256 GiB.
    package static let usualByteLimit = 32 << 20

    private static let pageByteCount = pageGranuleCount * 8
    private static let wayCount = 4

    package let granuleBits: Int
    private let setCount: UInt64
    private let pages: Mapping
    /// The number of the page in each place, plus one; 0 for none.
    private let tags: Mapping
    /// The way that a page takes next where all are taken.
    private var victim: UInt64 = 0
    private var lastPage = UInt64.max
    private var lastPlace = 0

    /// An empty cache for a disk of so many bytes.
    package init(diskByteCount: UInt64, granuleBits: Int, byteLimit: Int = usualByteLimit) throws(SystemCallError) {
        self.granuleBits = granuleBits
        let pageBits = UInt64(granuleBits + Self.pageGranuleCount.trailingZeroBitCount)
        let needed = (diskByteCount >> pageBits) + 1
        let most = max(UInt64(byteLimit / Self.pageByteCount / Self.wayCount), 1)
        var sets: UInt64 = 1
        while sets * 2 <= most, sets * UInt64(Self.wayCount) < needed { sets *= 2 }
        setCount = sets
        let places = Int(sets) * Self.wayCount
        pages = try Mapping(anonymous: places * Self.pageByteCount, alignment: 4096)
        tags = try Mapping(anonymous: max(places * 8, 4096), alignment: 4096)
    }

    /// The most bytes that it ever takes.
    package var byteLimit: Int { pages.byteCount + tags.byteCount }

    /// The page that has a byte of the disk.
    package func page(of offset: UInt64) -> UInt64 {
        offset >> UInt64(granuleBits + Self.pageGranuleCount.trailingZeroBitCount)
    }

    /// How a disk's bytes from `offset` on are kept, and how many of at most `limit` are kept so, side by side. Of what
    /// is not known one granule at most.
    package func run(at offset: UInt64, limit: Int) -> (mapping: GranuleMapping, offset: UInt64, byteCount: Int) {
        let size: UInt64 = 1 << UInt64(granuleBits)
        let inside = offset & (size &- 1)
        var granule = offset >> UInt64(granuleBits)
        let first = mapping(granule)
        var count = size &- inside
        while count < UInt64(limit), first.kind != .unknown {
            granule &+= 1
            guard first.isFollowed(by: mapping(granule), after: count &+ inside) else { break }
            count &+= size
        }
        return (first, first.offset &+ inside, Int(min(count, UInt64(limit))))
    }

    /// What is known of a granule.
    package func mapping(_ granule: UInt64) -> GranuleMapping {
        let page = granule / UInt64(Self.pageGranuleCount)
        guard let place = place(of: page) else { return .unknown }
        return unsafe GranuleMapping(word: pages.start.load(fromByteOffset: position(granule, place), as: UInt64.self))
    }

    /// Keeps a page; `mappings` has all its granules.
    package func insert(page: UInt64, _ mappings: [GranuleMapping]) {
        precondition(mappings.count == Self.pageGranuleCount, "a page is kept whole")
        let place = place(of: page) ?? freePlace(for: page)
        setTag(place, page &+ 1)
        for (index, mapping) in mappings.enumerated() {
            unsafe pages.start.storeBytes(
                of: mapping.word, toByteOffset: place &* Self.pageByteCount &+ index &* 8, as: UInt64.self)
        }
    }

    /// Takes note of granules that have changed, where their pages are kept.
    package func update(from first: UInt64, _ mappings: [GranuleMapping]) {
        for (index, mapping) in mappings.enumerated() {
            let granule = first &+ UInt64(index)
            guard let place = place(of: granule / UInt64(Self.pageGranuleCount)) else { continue }
            unsafe pages.start.storeBytes(of: mapping.word, toByteOffset: position(granule, place), as: UInt64.self)
        }
    }

    /// Forgets the pages that have bytes of a range.
    package func forget(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        let (first, last) = (page(of: range.lowerBound), page(of: range.upperBound - 1))
        guard last - first < setCount else { return removeAll() }
        for page in first...last {
            if let place = place(of: page) { setTag(place, 0) }
        }
        lastPage = .max
    }

    /// Forgets everything.
    package func removeAll() {
        for place in 0..<Int(setCount) * Self.wayCount where tag(place) != 0 { setTag(place, 0) }
        lastPage = .max
    }

    private func place(of page: UInt64) -> Int? {
        if page == lastPage { return lastPlace }
        let first = Int(page & (setCount &- 1)) &* Self.wayCount
        for place in first..<first &+ Self.wayCount where tag(place) == page &+ 1 {
            lastPage = page
            lastPlace = place
            return place
        }
        return nil
    }

    private func freePlace(for page: UInt64) -> Int {
        lastPage = .max
        let first = Int(page & (setCount &- 1)) &* Self.wayCount
        for place in first..<first &+ Self.wayCount where tag(place) == 0 { return place }
        victim &+= 1
        return first &+ Int(victim % UInt64(Self.wayCount))
    }

    private func position(_ granule: UInt64, _ place: Int) -> Int {
        place &* Self.pageByteCount &+ Int(granule % UInt64(Self.pageGranuleCount)) &* 8
    }

    private func tag(_ place: Int) -> UInt64 { unsafe tags.start.load(fromByteOffset: place &* 8, as: UInt64.self) }

    private func setTag(_ place: Int, _ tag: UInt64) {
        unsafe tags.start.storeBytes(of: tag, toByteOffset: place &* 8, as: UInt64.self)
    }
}
