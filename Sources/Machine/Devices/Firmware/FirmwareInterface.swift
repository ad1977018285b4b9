// SPDX-License-Identifier: Apache-2.0
package import Board

/// QEMU's fw_cfg at ports 0x510 to 0x51b (QEMU's docs/specs/fw_cfg.rst): firmware selects an item by its key and reads
/// it byte by byte, or lets the device copy it into the guest's memory.
///
/// Called on vCPUs' threads with the bus lock held. Nothing can be written: items are the machine's.
package final class FirmwareInterface: BusDevice, SavableDevice {
    /// Ports that the device occupies, from `FixedHardware.firmwarePort`; two in between are nobody's.
    package static let portCount: UInt64 = 12

    private enum Offset {
        static let selector: UInt64 = 0
        static let data: UInt64 = 1
        static let addressHigh: UInt64 = 4
        static let addressLow: UInt64 = 8
    }

    /// Bits of the control word of an access by DMA.
    private enum Control {
        static let error: UInt32 = 1 << 0
        static let read: UInt32 = 1 << 1
        static let skip: UInt32 = 1 << 2
        static let select: UInt32 = 1 << 3
        static let write: UInt32 = 1 << 4
    }

    /// What is copied at once.
    private static let pieceByteCount: UInt32 = 64 << 10
    /// The longest copy: many times the longest item, and short enough for whoever waits for the bus lock.
    private static let maximumCopyByteCount: UInt32 = 16 << 20
    /// "QEMU CFG", as the two halves of the DMA register read.
    private static let signature: (high: UInt32, low: UInt32) = (0x5145_4d55, 0x2043_4647)

    package let stateName = "fw_cfg"
    /// Called when firmware begins to read the ACPI tables, which follow what it has done to the BARs by then; the files
    /// keep their names and sizes.
    package var currentFiles: (() -> FirmwareFiles)?
    private var items: [UInt16: [UInt8]]
    private let scriptKey: UInt16?
    private let memory: GuestMemory
    private var registers = FirmwareInterfaceState()

    package init(_ files: FirmwareFiles, memory: GuestMemory) {
        items = files.items
        scriptKey = files.scriptKey
        self.memory = memory
    }

    package var state: FirmwareInterfaceState { registers }

    package func restore(_ state: FirmwareInterfaceState) throws(StateError) {
        registers = state
        refresh()
    }

    package func reset() { registers = FirmwareInterfaceState() }

    package func read(at offset: UInt64, width: AccessWidth) -> UInt64 {
        switch (offset, width) {
        case (Offset.data, .byte): UInt64(next())
        case (Offset.addressHigh, .long): UInt64(Self.signature.high.byteSwapped)
        case (Offset.addressLow, .long): UInt64(Self.signature.low.byteSwapped)
        default: width.allOnes
        }
    }

    package func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        let word = UInt32(truncatingIfNeeded: value).byteSwapped
        switch (offset, width) {
        case (Offset.selector, .word): select(UInt16(truncatingIfNeeded: value))
        case (Offset.addressHigh, .long): registers.addressHigh = word
        case (Offset.addressLow, .long):
            let address = UInt64(registers.addressHigh) << 32 | UInt64(word)
            registers.addressHigh = 0
            transfer(by: GuestAddress(address))
        default: break
        }
    }

    private func select(_ key: UInt16) {
        registers.key = key
        registers.offset = 0
        if key == scriptKey { refresh() }
    }

    private func refresh() {
        if let currentFiles { items = currentFiles().items }
    }

    /// The next byte of the item; zeros behind its end.
    private func next() -> UInt8 {
        guard let item = items[registers.key], registers.offset < item.count else { return 0 }
        defer { registers.offset += 1 }
        return item[Int(registers.offset)]
    }

    /// Follows a descriptor in the guest's memory: control, length, address, all big-endian. The outcome is its control
    /// word; where that cannot be written there is nobody to tell.
    private func transfer(by address: GuestAddress) {
        do throws(GuestMemoryError) {
            let control = try memory.load(UInt32.self, at: address).byteSwapped
            let length = try memory.load(UInt32.self, at: address + 4).byteSwapped
            let target = GuestAddress(try memory.load(UInt64.self, at: address + 8).byteSwapped)
            if control & Control.select != 0 { select(UInt16(control >> 16)) }
            let isDone = perform(control, length: length, at: target)
            try memory.store(isDone ? 0 : Control.error.byteSwapped, at: address)
        } catch {
            // The descriptor is not in memory.
        }
    }

    private func perform(_ control: UInt32, length: UInt32, at target: GuestAddress) -> Bool {
        if control & Control.read != 0 { return copy(length, to: target) }
        if control & Control.write != 0 { return false }
        if control & Control.skip != 0 { registers.offset = registers.offset.addingClamped(length) }
        return true
    }

    /// Copies what comes next, and zeros behind the item's end, in pieces.
    private func copy(_ length: UInt32, to target: GuestAddress) -> Bool {
        guard length <= Self.maximumCopyByteCount else { return false }
        let item = items[registers.key] ?? []
        var done: UInt32 = 0
        while done < length {
            let count = min(length - done, Self.pieceByteCount)
            let start = min(Int(registers.offset), item.count)
            let bytes = item[start..<min(item.count, start + Int(count))]
            let padding = [UInt8](repeating: 0, count: Int(count) - bytes.count)
            do { try memory.write(bytes + padding, at: target + UInt64(done)) } catch { return false }
            registers.offset = registers.offset.addingClamped(count)
            done += count
        }
        return true
    }
}

extension UInt32 {
    fileprivate func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
