// SPDX-License-Identifier: Apache-2.0

/// Bytes in order of arrival, at most `limit` of them. It grows on demand, so a queue that is never used costs nothing.
struct BoundedBytes {
    /// Storage up to this many bytes is kept when the queue empties.
    private static let keptByteCount = 4096

    private var storage: [UInt8] = []
    private var start = 0
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { storage.count - start }
    var room: Int { limit - count }
    var isEmpty: Bool { count == 0 }

    /// All that waits; `limit` bounds what is taken over when it is set.
    var bytes: [UInt8] {
        get { [UInt8](storage[start...]) }
        set {
            storage = [UInt8](newValue.prefix(limit))
            start = 0
        }
    }

    /// The first `maximum` bytes, or fewer when fewer wait. They stay.
    func prefix(_ maximum: Int) -> [UInt8] {
        [UInt8](storage[start...].prefix(max(0, maximum)))
    }

    /// Appends a byte, or returns false when the queue is full.
    mutating func append(_ byte: UInt8) -> Bool {
        guard room > 0 else { return false }
        if start > 0 && storage.count == storage.capacity {
            storage.removeFirst(start)
            start = 0
        }
        storage.append(byte)
        return true
    }

    /// Appends as many bytes as there is room for, and returns how many.
    mutating func append(_ bytes: some Collection<UInt8>) -> Int {
        let accepted = bytes.prefix(room)
        storage.removeFirst(start)
        start = 0
        storage.append(contentsOf: accepted)
        return accepted.count
    }

    mutating func popFirst() -> UInt8? {
        guard start < storage.count else { return nil }
        let byte = storage[start]
        removeFirst(1)
        return byte
    }

    /// Drops the first `byteCount` bytes, or all when fewer wait.
    mutating func removeFirst(_ byteCount: Int) {
        start += min(max(0, byteCount), count)
        if start == storage.count { removeAll() }
    }

    mutating func removeAll() {
        storage.removeAll(keepingCapacity: storage.capacity <= Self.keptByteCount)
        start = 0
    }
}
