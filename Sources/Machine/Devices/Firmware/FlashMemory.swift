// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The flash memory that holds UEFI's variables: a chip with Intel's command set and erase blocks of 4 KiB
/// (JEDEC JESD68.01; QEMU's `cfi.pflash01` as OVMF drives it).
///
/// While the chip shows its array the guest reads memory; any command puts the chip in the way of reads until it is
/// told to show the array again. Called on vCPUs' threads with the bus lock held. A write goes to the contents at once:
/// they are the file's pages, so that they outlive this process.
package final class FlashMemory: BusDevice, SavableDevice {
    /// What one erasure sets to ones, in bytes.
    package static let blockByteCount = 4096

    /// Bits of the status register.
    private enum Status {
        static let ready: UInt8 = 1 << 7
        static let eraseFailed: UInt8 = 1 << 5
        static let programFailed: UInt8 = 1 << 4
    }

    /// What reads return, and what the next write is.
    enum Mode: UInt8, CaseIterable {
        case array, status, identifier, query
        /// The next write is a byte for the array.
        case program
        /// The next write confirms an erasure.
        case erase
        /// The next write sets or clears a lock, which this chip does not have.
        case lock
        /// The next write is a number of bytes, less one.
        case bufferCount
        /// Bytes for the buffer, then a confirmation.
        case buffer
    }

    package let stateName = "flash"
    /// Called when the array appears (true) or disappears; the vCPUs' memory follows before the access ends.
    package var onVisibility: (Bool) -> Void = { _ in }
    private let contents: FlashContents
    private var registers = FlashMemoryState()

    package init(_ contents: FlashContents) {
        self.contents = contents
    }

    package var state: FlashMemoryState { registers }

    package func restore(_ state: FlashMemoryState) throws(StateError) {
        guard Mode(rawValue: state.mode) != nil else { throw .invalidValue(id: 1) }
        guard state.expected <= Self.blockByteCount, state.buffer.count <= Int(state.expected) else {
            throw .invalidValue(id: 3)
        }
        registers = state
        onVisibility(mode == .array)
    }

    /// Shows the array, as after power on.
    package func reset() {
        registers = FlashMemoryState()
        onVisibility(true)
    }

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(width.rawValue) { value |= UInt64(byte(at: offset &+ index)) << (8 * index) }
        return value
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        for index in 0..<UInt64(width.rawValue) {
            writeByte(UInt8(truncatingIfNeeded: value >> (8 * index)), at: offset &+ index)
        }
    }

    private var mode: Mode {
        get { Mode(rawValue: registers.mode) ?? .array }
        set {
            let wasVisible = mode == .array
            registers.mode = newValue.rawValue
            if wasVisible != (newValue == .array) { onVisibility(!wasVisible) }
        }
    }

    private func byte(at offset: UInt64) -> UInt8 {
        switch mode {
        case .array: contents.byte(at: offset)
        case .identifier: offset & 0xff == 0 ? 0x89 : offset & 0xff == 1 ? 0x18 : 0
        case .query: Self.query(offset, blocks: contents.byteCount / Self.blockByteCount)
        case .status, .program, .erase, .lock, .bufferCount, .buffer: registers.status
        }
    }

    /// The Common Flash Interface's answer: "QRY", command set 1, the size and one region of equal blocks.
    private static func query(_ offset: UInt64, blocks: Int) -> UInt8 {
        let last = UInt16(clamping: max(blocks, 1) - 1)
        switch offset & 0xff {
        case 0x10: return UInt8(ascii: "Q")
        case 0x11: return UInt8(ascii: "R")
        case 0x12: return UInt8(ascii: "Y")
        case 0x13, 0x2c: return 1
        case 0x2d: return UInt8(truncatingIfNeeded: last)
        case 0x2e: return UInt8(truncatingIfNeeded: last >> 8)
        // The unit is 256 bytes.
        case 0x2f: return UInt8(truncatingIfNeeded: blockByteCount / 256)
        default: return 0
        }
    }

    private func writeByte(_ value: UInt8, at offset: UInt64) {
        switch mode {
        case .array, .status, .identifier, .query: command(value)
        case .program:
            contents.program(value, at: offset)
            finish()
        case .erase:
            guard value == 0xd0 else { return fail(Status.eraseFailed | Status.programFailed) }
            contents.erase(blockAt: offset, byteCount: Self.blockByteCount)
            finish()
        case .lock: finish()
        case .bufferCount:
            registers.expected = UInt16(value) + 1
            mode = .buffer
        case .buffer: fill(value, at: offset)
        }
    }

    private func command(_ value: UInt8) {
        switch value {
        case 0x10, 0x40: mode = .program
        case 0x20, 0x28: mode = .erase
        case 0x50:
            registers.status = 0
            mode = .array
        case 0x60: mode = .lock
        case 0x70: mode = .status
        case 0x90: mode = .identifier
        case 0x98: mode = .query
        case 0xe8:
            registers.status |= Status.ready
            mode = .bufferCount
        // 0xff shows the array; so does what is no command.
        default: mode = .array
        }
    }

    /// Collects bytes, which follow one another from the first one's offset; the confirmation programs them.
    private func fill(_ value: UInt8, at offset: UInt64) {
        if registers.buffer.count < Int(registers.expected) {
            if registers.buffer.isEmpty { registers.start = offset }
            registers.buffer.append(value)
            return
        }
        defer { registers.forgetBuffer() }
        guard value == 0xd0 else { return fail(Status.programFailed) }
        for (index, byte) in registers.buffer.enumerated() {
            contents.program(byte, at: registers.start &+ UInt64(index))
        }
        finish()
    }

    private func finish() {
        registers.status |= Status.ready
        mode = .status
    }

    private func fail(_ bits: UInt8) {
        registers.status |= Status.ready | bits
        mode = .status
    }
}
