// SPDX-License-Identifier: Apache-2.0

/// Page tables that map the first 4 GiB onto themselves in pages of 2 MiB.
enum IdentityMap {
    private static let presentAndWritable: UInt64 = 0b11
    private static let large: UInt64 = 1 << 7

    static var piece: MemoryPiece {
        let page = AddressMap.pageByteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(6 * Int(page))
        let pointers = BootLayout.pageTables + page
        bytes.append(littleEndian: pointers | presentAndWritable)
        bytes.append(contentsOf: repeatElement(0, count: Int(page) - bytes.count))
        for directory in 1...4 as ClosedRange<UInt64> {
            bytes.append(littleEndian: (pointers + directory * page) | presentAndWritable)
        }
        bytes.append(contentsOf: repeatElement(0, count: 2 * Int(page) - bytes.count))
        for index in 0..<2048 as Range<UInt64> {
            bytes.append(littleEndian: index << 21 | presentAndWritable | large)
        }
        return MemoryPiece(guestAddress: BootLayout.pageTables, bytes: bytes)
    }
}
