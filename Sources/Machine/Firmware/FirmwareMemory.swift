// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Host

/// Where the guest sees its firmware: below 4 GiB, and between 0xc0000 and 1 MiB as the host bridge's PAM registers say.
///
/// Used by the control thread before the guest runs, and with the bus lock held afterwards.
final class FirmwareMemory {
    /// KVM's memory slots; 0 and 1 are the RAM's.
    private enum Slot {
        static let extendedMemory: UInt32 = 2
        static let image: UInt32 = 3
        static let variables: UInt32 = 4
        static let firstPart: UInt32 = 8
    }

    /// The RAM that lies below the legacy area.
    private static let conventionalByteCount: UInt64 = 0xa_0000

    let layout: FirmwareLayout
    let contents: FlashContents?
    private let kvm: VirtualMachine
    private let memory: GuestMemory
    private let image: Mapping
    /// What the guest sees in each part; `nil` before the first time.
    private var accesses: [ShadowAccess?] = Array(repeating: nil, count: ShadowRegisters.parts.count)
    /// Which parts have a memory slot.
    private var hasSlot = Array(repeating: false, count: ShadowRegisters.parts.count)
    private var showsVariables = false
    /// Called where KVM refuses a change of memory; the machine cannot go on.
    var onFailure: (SystemCallError) -> Void = { _ in }

    /// Maps the files; the guest sees nothing yet.
    init(_ source: FirmwareSource, kvm: VirtualMachine, memory: GuestMemory) throws(MachineError) {
        do {
            layout = try FirmwareLayout(
                imageByteCount: source.image.byteCount, variablesByteCount: source.variables?.byteCount)
        } catch { throw .firmware("\(error)") }
        let imageByteCount = Int(layout.image.byteCount)
        image = try Machine.system { () throws(SystemCallError) in
            try Mapping(reading: source.image.descriptor, byteCount: imageByteCount)
        }
        if let variables = source.variables {
            contents = try Machine.system { () throws(SystemCallError) in
                try FlashContents(sharing: variables.descriptor, byteCount: Int(variables.byteCount))
            }
        } else {
            contents = nil
        }
        self.kvm = kvm
        self.memory = memory
    }

    /// Shows the guest its RAM with the legacy area left out, and the firmware.
    func map() throws(SystemCallError) {
        try kvm.setRegion(slot: 0, at: 0, byteCount: Self.conventionalByteCount, host: memory.hostBase)
        let start = AddressMap.extendedMemoryStart
        try kvm.setRegion(
            slot: Slot.extendedMemory, at: start, byteCount: memory.lowByteCount - start, host: memory.hostBase + start)
        try kvm.mapHighMemory(of: memory)
        try kvm.setRegion(
            slot: Slot.image, at: layout.image.start, byteCount: layout.image.byteCount, host: imageBase,
            isReadOnly: true)
        try showVariables(true)
        try apply([])
    }

    /// Makes the legacy area follow PAM0 to PAM6.
    func follow(_ registers: [UInt8]) {
        do { try apply(registers) } catch { onFailure(error) }
    }

    /// Puts the variables' array into the guest's memory, or leaves its reads to the chip.
    func follow(isArrayVisible: Bool) {
        do { try showVariables(isArrayVisible) } catch { onFailure(error) }
    }

    private func apply(_ registers: [UInt8]) throws(SystemCallError) {
        for (index, access) in ShadowRegisters.accesses(registers).enumerated() where accesses[index] != access {
            try show(access, in: index)
            accesses[index] = access
        }
    }

    private func show(_ access: ShadowAccess, in index: Int) throws(SystemCallError) {
        let part = ShadowRegisters.parts[index]
        let slot = Slot.firstPart + UInt32(index)
        // A slot's place and kind cannot change while it is there.
        if hasSlot[index] { try kvm.setRegion(slot: slot, at: part.start, byteCount: 0, host: 0) }
        hasSlot[index] = false
        switch access {
        case .memory, .readOnlyMemory:
            try kvm.setRegion(
                slot: slot, at: part.start, byteCount: part.byteCount, host: memory.hostBase + part.start,
                isReadOnly: access == .readOnlyMemory)
            hasSlot[index] = true
        case .firmware:
            let start = max(part.start, layout.copy.start)
            guard start < part.end else { return }
            let offset = layout.image.byteCount - (AddressMap.extendedMemoryStart - start)
            try kvm.setRegion(
                slot: slot, at: start, byteCount: part.end - start, host: imageBase + offset, isReadOnly: true)
            hasSlot[index] = true
        }
    }

    private func showVariables(_ isVisible: Bool) throws(SystemCallError) {
        guard let contents, let range = layout.variables, isVisible != showsVariables else { return }
        try kvm.setRegion(
            slot: Slot.variables, at: range.start, byteCount: isVisible ? range.byteCount : 0,
            host: contents.hostBase, isReadOnly: true)
        showsVariables = isVisible
    }

    private var imageBase: UInt64 { unsafe UInt64(UInt(bitPattern: image.start)) }
}
