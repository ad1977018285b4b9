// SPDX-License-Identifier: Apache-2.0

/// The registers with which the first processor begins; those not named are 0.
package struct ProcessorState: Equatable, Sendable {
    package var rip: UInt64
    package var rsp: UInt64
    package var rflags: UInt64
    package var rax: UInt64
    package var rbx: UInt64
    package var rsi: UInt64
    package var cr0: UInt64
    package var cr3: UInt64
    package var cr4: UInt64
    package var efer: UInt64
    package var cs: SegmentState
    package var ds: SegmentState
    package var es: SegmentState
    package var fs: SegmentState
    package var gs: SegmentState
    package var ss: SegmentState
    /// The task register.
    package var tr: SegmentState
    /// The local descriptor table's register.
    package var ldt: SegmentState
    package var gdt: DescriptorTable
    package var idt: DescriptorTable

    /// All registers 0, `code` in CS, `data` in the five data segment registers.
    package init(code: SegmentState, data: SegmentState, task: SegmentState, gdt: DescriptorTable) {
        (rip, rsp, rflags) = (0, 0, 2)
        (rax, rbx, rsi) = (0, 0, 0)
        (cr0, cr3, cr4, efer) = (0, 0, 0, 0)
        cs = code
        (ds, es, fs, gs, ss) = (data, data, data, data, data)
        tr = task
        ldt = .unusable
        self.gdt = gdt
        idt = DescriptorTable(base: 0, limit: 0)
    }
}
