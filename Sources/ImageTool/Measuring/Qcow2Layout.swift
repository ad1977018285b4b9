// SPDX-License-Identifier: Apache-2.0

/// How large a qcow2 file becomes, by its format's arithmetic.
struct Qcow2Layout {
    private static let maximumL1ByteCount: UInt64 = 32 << 20
    let clusterByteCount: UInt64
    /// Bits of a reference count: 1, 2, 4 and so on to 64.
    let refcountBits: UInt64
    let hasExtendedL2: Bool

    /// Reads the options that make a difference, out of the list.
    init(_ options: inout OptionList) throws(ToolProblem) {
        hasExtendedL2 = try options.takeSwitch("extended_l2") ?? false
        let cluster = try options.takeSize("cluster_size") ?? 65_536
        let smallest: UInt64 = hasExtendedL2 ? 16_384 : 512
        guard cluster >= smallest, cluster <= 2 << 20, cluster.nonzeroBitCount == 1 else {
            throw ToolProblem(
                "-o cluster_size=\(cluster)", found: "it is not a power of two from \(smallest) to 2M",
                remedy: "write such a size")
        }
        let bits = try options.takeSize("refcount_bits") ?? 16
        guard bits <= 64, bits.nonzeroBitCount == 1 else {
            throw ToolProblem(
                "-o refcount_bits=\(bits)", found: "it is not a power of two from 1 to 64", remedy: "write 16")
        }
        clusterByteCount = cluster
        refcountBits = bits
    }

    /// Bytes of a file whose every cluster has room; `nil` where no such image can be.
    func fullByteCount(virtual byteCount: UInt64) -> UInt64? {
        guard byteCount <= UInt64(Int64.max) / 2 else { return nil }
        let contents = aligned(byteCount, to: clusterByteCount)
        let entry: UInt64 = hasExtendedL2 ? 16 : 8
        let l2Entries = aligned(contents / clusterByteCount, to: clusterByteCount / entry)
        // As many L2 tables as the largest L1 table names.
        guard quotientUp(contents / clusterByteCount, clusterByteCount / entry) * 8 <= Self.maximumL1ByteCount else {
            return nil
        }
        let l1Entries = aligned(l2Entries * entry / clusterByteCount, to: clusterByteCount / 8)
        let tables = clusterByteCount + l2Entries * entry + l1Entries * 8
        return contents + tables + refcountByteCount(clusters: (contents + tables) / clusterByteCount)
    }

    /// Reference counts count themselves: as many tables as it takes until nothing changes.
    private func refcountByteCount(clusters: UInt64) -> UInt64 {
        let perBlock = clusterByteCount * 8 / refcountBits
        let perTable = clusterByteCount / 8
        var (blocks, tables, before): (UInt64, UInt64, UInt64) = (0, 0, 0)
        while true {
            blocks = quotientUp(clusters + tables + blocks, perBlock)
            tables = quotientUp(blocks, perTable)
            let sum = clusters + blocks + tables
            if sum == before { return (blocks + tables) * clusterByteCount }
            before = sum
        }
    }

    /// Rounds up.
    func aligned(_ number: UInt64, to unit: UInt64) -> UInt64 { quotientUp(number, unit) * unit }

    private func quotientUp(_ number: UInt64, _ divisor: UInt64) -> UInt64 {
        number / divisor + (number % divisor == 0 ? 0 : 1)
    }
}
