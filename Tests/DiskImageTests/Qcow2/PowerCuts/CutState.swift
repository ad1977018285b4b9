// SPDX-License-Identifier: Apache-2.0
import DiskImage

/// What an image may hold after a power cut in the midst of an operation. A sector holds one value 512 times.
struct CutState {
    /// What a bitmap that counts must say, and the disk that goes with it.
    struct Recorded: Equatable {
        var sectors: [UInt8]
        var dirty: Set<UInt64>
    }

    static let bitmap = "changes"
    static let granularity: UInt64 = 1024

    /// The values of the last flush, and those since then.
    private(set) var allowed: [Set<UInt8>]
    private(set) var current: [UInt8]
    /// What each snapshot holds.
    var snapshots: [String: [UInt8]] = [:]
    /// The snapshot that may be there or not.
    var uncertain: String?
    /// What has been recorded since the bitmap was made; `nil` where the image has none.
    var dirty: Set<UInt64>?
    /// What the bitmap may be, unless it is in use.
    private(set) var recorded: [Recorded] = []

    init(sectorCount: Int, hasBitmap: Bool) {
        current = [UInt8](repeating: 0, count: sectorCount)
        allowed = [Set<UInt8>](repeating: [0], count: sectorCount)
        if hasBitmap {
            dirty = []
            close()
        }
    }

    mutating func set(_ sectors: Range<Int>, _ value: UInt8) {
        for sector in sectors {
            allowed[sector].insert(value)
            current[sector] = value
            dirty?.insert(UInt64(sector) * 512 / Self.granularity)
        }
    }

    /// The disk becomes something else, and a cut may leave either.
    mutating func replace(by sectors: [UInt8]) {
        for sector in current.indices { allowed[sector].insert(sectors[sector]) }
        current = sectors
    }

    mutating func flush() {
        for sector in current.indices { allowed[sector] = [current[sector]] }
    }

    /// The bitmap is being stored: it is what it was, in use, or what it is now.
    mutating func beginClose() {
        if let dirty { recorded.append(Recorded(sectors: current, dirty: dirty)) }
    }

    mutating func close() {
        flush()
        recorded = dirty.map { [Recorded(sectors: current, dirty: $0)] } ?? []
    }

    func allows(_ bytes: [UInt8]) -> String? {
        for sector in current.indices {
            let held = bytes[sector * 512..<sector * 512 + 512], first = bytes[sector * 512]
            guard allowed[sector].contains(first), held.elementsEqual(repeatElement(first, count: 512)) else {
                return "sector \(sector) holds \(Set(held)), and not \(allowed[sector])"
            }
        }
        return nil
    }
}
