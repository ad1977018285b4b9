// SPDX-License-Identifier: Apache-2.0

/// Pieces of tables in memory, by where they lie in the file: at most `capacity` of `sliceByteCount` bytes.
///
/// It does no I/O: who owns it reads what is missing and writes what is dirty, in the order that the format demands.
struct SliceCache {
    struct Slot {
        var offset: UInt64
        var bytes: [UInt8]
        var isDirty: Bool
        /// Used since the hand came by.
        var isRecent: Bool
    }

    let sliceByteCount: Int
    /// How many bytes of slices there may be.
    var byteCount: Int { capacity * sliceByteCount }
    private let capacity: Int
    private(set) var slots: [Slot] = []
    private(set) var dirtyCount = 0
    private var index: [UInt64: Int] = [:]
    private var hand = 0
    private var last: (offset: UInt64, slot: Int)?

    init(sliceByteCount: Int, byteCount: Int) {
        self.sliceByteCount = sliceByteCount
        capacity = max(4, byteCount / sliceByteCount)
    }

    /// The slot of the slice at `offset`, if it is here.
    mutating func find(_ offset: UInt64) -> Int? {
        if let last, last.offset == offset { return last.slot }
        guard let slot = index[offset] else { return nil }
        slots[slot].isRecent = true
        last = (offset, slot)
        return slot
    }

    /// Whether something would have to be thrown away for one slice more, and that is dirty.
    mutating func needsWriting() -> Bool {
        guard slots.count >= capacity else { return false }
        moveHand()
        return slots[hand].isDirty
    }

    /// Keeps a slice. What it takes the place of must be clean.
    mutating func insert(_ offset: UInt64, _ bytes: [UInt8]) -> Int {
        let slot = Slot(offset: offset, bytes: bytes, isDirty: false, isRecent: true)
        last = nil
        guard slots.count >= capacity else {
            index[offset] = slots.count
            slots.append(slot)
            return slots.count - 1
        }
        moveHand()
        precondition(!slots[hand].isDirty, "a dirty slice is written before it is thrown away")
        index[slots[hand].offset] = nil
        index[offset] = hand
        slots[hand] = slot
        return hand
    }

    /// Stops at the first slot that was not used for a round.
    private mutating func moveHand() {
        while slots[hand].isRecent {
            slots[hand].isRecent = false
            hand = (hand + 1) % slots.count
        }
    }

    func number(_ slot: Int, at position: Int) -> UInt64 {
        slots[slot].bytes.bigEndian(UInt64.self, at: position)
    }

    mutating func put(_ number: UInt64, _ slot: Int, at position: Int) {
        slots[slot].bytes.putBigEndian(number, at: position)
        markDirty(slot)
    }

    func byte(_ slot: Int, at position: Int) -> UInt8 { slots[slot].bytes[position] }

    mutating func putByte(_ byte: UInt8, _ slot: Int, at position: Int) {
        slots[slot].bytes[position] = byte
        markDirty(slot)
    }

    mutating func markDirty(_ slot: Int) {
        if !slots[slot].isDirty { dirtyCount += 1 }
        slots[slot].isDirty = true
    }

    mutating func markClean(_ slot: Int) {
        if slots[slot].isDirty { dirtyCount -= 1 }
        slots[slot].isDirty = false
    }

    /// Forgets what lies in a range of the file, written or not: it is no table any more, or a new one.
    mutating func forget(_ range: Range<UInt64>) {
        guard !index.isEmpty else { return }
        var offset = range.lowerBound
        while offset < range.upperBound {
            if let slot = index[offset] { drop(slot) }
            offset += UInt64(sliceByteCount)
        }
    }

    private mutating func drop(_ slot: Int) {
        markClean(slot)
        last = nil
        index[slots[slot].offset] = nil
        let moved = slots.count - 1
        if slot != moved {
            slots[slot] = slots[moved]
            index[slots[slot].offset] = slot
        }
        slots.removeLast()
        hand = slots.isEmpty ? 0 : hand % slots.count
    }
}
