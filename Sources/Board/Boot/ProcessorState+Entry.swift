// SPDX-License-Identifier: Apache-2.0

extension ProcessorState {
    private enum Control {
        static let protectedMode: UInt64 = 1 << 0
        static let extensionType: UInt64 = 1 << 4
        static let paging: UInt64 = 1 << 31
        static let physicalAddressExtension: UInt64 = 1 << 5
        static let longModeEnabledAndActive: UInt64 = 1 << 8 | 1 << 10
    }

    /// 32-bit protected mode with flat segments and without paging, at `entry` (PVH; multiboot §3.2).
    static func protectedMode(entry: UInt64) -> ProcessorState {
        var state = flat(isLong: false)
        state.rip = entry
        state.cr0 = Control.protectedMode | Control.extensionType
        return state
    }

    /// Long mode over the identity map of `IdentityMap`, at `entry` (Linux boot protocol, 64-bit entry).
    static func longMode(entry: UInt64) -> ProcessorState {
        var state = flat(isLong: true)
        state.rip = entry
        state.cr0 = Control.protectedMode | Control.extensionType | Control.paging
        state.cr3 = BootLayout.pageTables
        state.cr4 = Control.physicalAddressExtension
        state.efer = Control.longModeEnabledAndActive
        return state
    }

    /// Real mode at 16 bytes below 4 GiB, as after power on (AMD64 APM vol. 2 §14.1.3); the processor's signature is not
    /// given.
    package static var afterPowerOn: ProcessorState {
        let code = SegmentState(selector: 0xf000, base: 0xffff_0000, limit: 0xffff, type: 0xb)
        let data = SegmentState(selector: 0, limit: 0xffff, type: 0x3)
        let task = SegmentState(selector: 0, limit: 0xffff, type: 0xb, isCodeOrData: false)
        var state = ProcessorState(code: code, data: data, task: task, gdt: DescriptorTable(base: 0, limit: 0xffff))
        state.ldt = SegmentState(selector: 0, limit: 0xffff, type: 0x2, isCodeOrData: false)
        state.idt = DescriptorTable(base: 0, limit: 0xffff)
        state.rip = 0xfff0
        state.cr0 = 0x6000_0010
        return state
    }

    /// The table that the segment registers were loaded from, for the guest's RAM.
    var descriptorTablePiece: MemoryPiece {
        var bytes: [UInt8] = []
        for descriptor in [0, 0, cs.descriptor, ds.descriptor, tr.descriptor, 0] {
            bytes.append(littleEndian: descriptor)
        }
        return MemoryPiece(guestAddress: gdt.base, bytes: bytes)
    }

    private static func flat(isLong: Bool) -> ProcessorState {
        let code = SegmentState(
            selector: BootLayout.codeSelector, limit: .max, type: 0xb, isLong: isLong, is32Bit: !isLong,
            hasPageGranularity: true)
        let data = SegmentState(
            selector: BootLayout.dataSelector, limit: .max, type: 0x3, is32Bit: true, hasPageGranularity: true)
        // KVM enters a guest only with a busy TSS in TR; its contents are never used.
        let task = SegmentState(selector: BootLayout.taskSelector, limit: 0x67, type: 0xb, isCodeOrData: false)
        let table = DescriptorTable(base: BootLayout.descriptorTable, limit: 6 * 8 - 1)
        var state = ProcessorState(code: code, data: data, task: task, gdt: table)
        state.rsp = BootLayout.stackEnd
        return state
    }
}
