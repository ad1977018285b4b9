// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The configuration structure of a balloon (virtio 1.2 §5.5.4): the host's wish, the driver's answer, the poison.
///
/// Any thread may read and write; each register stands for itself, so all accesses are relaxed.
final class BalloonRegisters: Sendable {
    private let targetPages = Atomic<UInt32>(0)
    private let actualPages = Atomic<UInt32>(0)
    private let poisonValue = Atomic<UInt32>(0)

    private static let actualOffset: UInt64 = 4
    private static let poisonOffset: UInt64 = 12

    /// Pages that the host wants (`num_pages`).
    var target: UInt32 {
        get { targetPages.load(ordering: .relaxed) }
        set { targetPages.store(newValue, ordering: .relaxed) }
    }

    /// Pages that the driver says it has given (`actual`): its word, and no more.
    var actual: UInt32 {
        get { actualPages.load(ordering: .relaxed) }
        set { actualPages.store(newValue, ordering: .relaxed) }
    }

    /// What the driver says free pages are filled with (`poison_val`).
    var poison: UInt32 {
        get { poisonValue.load(ordering: .relaxed) }
        set { poisonValue.store(newValue, ordering: .relaxed) }
    }

    func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        // The third register belongs to free page hints, which are not offered.
        let registers = [target, actual, 0, poison]
        let bytes = registers.flatMap { register in (0..<4).map { UInt8(truncatingIfNeeded: register >> (8 * $0)) } }
        return width.value(at: offset, of: bytes)
    }

    /// Writes the driver's registers; the others stay.
    ///
    /// - Returns: Whether `actual` has changed.
    func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) -> Bool {
        let before = actual
        actual = Self.merge(value, at: offset, width: width, into: before, at: Self.actualOffset)
        poison = Self.merge(value, at: offset, width: width, into: poison, at: Self.poisonOffset)
        return actual != before
    }

    private static func merge(
        _ value: UInt64, at offset: UInt64, width: AccessWidth, into register: UInt32, at start: UInt64
    ) -> UInt32 {
        var result = register
        for index in 0..<UInt64(width.rawValue) {
            let position = (offset &+ index) &- start
            guard position < 4 else { continue }
            let shift = UInt32(8 * position)
            let byte = UInt32(truncatingIfNeeded: value >> (8 * index)) & 0xFF
            result = result & ~(0xFF << shift) | byte << shift
        }
        return result
    }
}
