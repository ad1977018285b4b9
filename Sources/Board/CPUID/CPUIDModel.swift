// SPDX-License-Identifier: Apache-2.0

/// The host's own processor as the guest sees it: what KVM supports, less nested virtualization, with the machine's
/// topology in place of the host's.
///
/// A value computed once; `entries(for:)` is a pure function.
package struct CPUIDModel: Equatable, Sendable {
    private enum Leaf {
        static let features: UInt32 = 0x1
        static let caches: UInt32 = 0x4
        static let topology: UInt32 = 0xb
        static let topology2: UInt32 = 0x1f
        static let extendedFeatures: UInt32 = 0x8000_0001
        static let sizes: UInt32 = 0x8000_0008
        static let nested: UInt32 = 0x8000_000a
        static let amdCaches: UInt32 = 0x8000_001d
        static let amdTopology: UInt32 = 0x8000_001e
        static let nestedEncryption: UInt32 = 0x8000_001f
        static let amdTopology2: UInt32 = 0x8000_0026
    }

    private enum Bit {
        static let vmx: UInt32 = 1 << 5
        static let x2APIC: UInt32 = 1 << 21
        static let deadlineTimer: UInt32 = 1 << 24
        static let hypervisor: UInt32 = 1 << 31
        static let hyperThreading: UInt32 = 1 << 28
        static let multiCoreLegacy: UInt32 = 1 << 1
        static let svm: UInt32 = 1 << 2
        static let topologyExtensions: UInt32 = 1 << 22
    }

    private let base: [CPUIDEntry]
    private let topology: ProcessorTopology
    private let isAMD: Bool
    private let hasDeadlineTimer: Bool

    /// - Parameters:
    ///   - supported: What `KVM_GET_SUPPORTED_CPUID` returned; in any order, and possibly incomplete.
    ///   - hasDeadlineTimer: Whether KVM has `KVM_CAP_TSC_DEADLINE_TIMER`: the leaves do not say.
    package init(supported: [CPUIDEntry], topology: ProcessorTopology, hasDeadlineTimer: Bool) {
        let vendor = supported.first { $0.function == 0 }
        // "AuthenticAMD" and "HygonGenuine", by their first four letters in EBX.
        isAMD = vendor?.ebx == 0x6874_7541 || vendor?.ebx == 0x6f67_7948
        self.topology = topology
        self.hasDeadlineTimer = hasDeadlineTimer
        let replaced = [Leaf.topology, Leaf.topology2, Leaf.nested, Leaf.nestedEncryption, Leaf.amdTopology2]
        base = supported.filter { !replaced.contains($0.function) }
    }

    /// The leaves of a processor, 0 to the topology's `processorCount - 1`: for `KVM_SET_CPUID2`.
    package func entries(for processor: Int) -> [CPUIDEntry] {
        let identifier = topology.apicID(of: processor)
        var entries = base.map { adapted($0, identifier: identifier) }
        let largest = base.first { $0.function == 0 }?.eax ?? 0
        entries += topologyEntries(Leaf.topology, identifier: identifier)
        if largest >= Leaf.topology2 { entries += topologyEntries(Leaf.topology2, identifier: identifier) }
        return entries
    }

    /// The bits of physical address that `supported` has (leaf 0x80000008); 36 where the leaf is missing.
    package static func physicalAddressBits(of supported: [CPUIDEntry]) -> Int {
        let bits = supported.first { $0.function == Leaf.sizes }.map { Int($0.eax & 0xff) } ?? 0
        return bits == 0 ? 36 : bits
    }

    private func adapted(_ entry: CPUIDEntry, identifier: UInt32) -> CPUIDEntry {
        var entry = entry
        switch entry.function {
        case 0: entry.eax = max(entry.eax, Leaf.topology)
        case Leaf.features: adaptFeatures(&entry, identifier: identifier)
        case Leaf.caches: adaptCache(&entry, hasCoreCount: true)
        case Leaf.extendedFeatures: adaptExtendedFeatures(&entry)
        case Leaf.sizes where isAMD: adaptSizes(&entry)
        case Leaf.amdCaches: adaptCache(&entry, hasCoreCount: false)
        case Leaf.amdTopology: adaptTopology(&entry, identifier: identifier)
        default: break
        }
        return entry
    }

    private func adaptFeatures(_ entry: inout CPUIDEntry, identifier: UInt32) {
        // Eight bits each: beyond them leaf 0xb has the truth.
        let count = UInt32(min(topology.processorsPerSocket, 255))
        entry.ebx = (entry.ebx & 0xffff) | count << 16 | (identifier & 0xff) << 24
        entry.ecx = (entry.ecx & ~(Bit.vmx | Bit.deadlineTimer)) | Bit.hypervisor | Bit.x2APIC
        if hasDeadlineTimer { entry.ecx |= Bit.deadlineTimer }
        entry.edx = topology.processorsPerSocket > 1 ? entry.edx | Bit.hyperThreading : entry.edx & ~Bit.hyperThreading
    }

    /// Leaf 4 and its twin of AMD: caches of level 1 and 2 belong to a core, those above to a socket.
    private func adaptCache(_ entry: inout CPUIDEntry, hasCoreCount: Bool) {
        guard entry.eax & 0x1f != 0 else { return }
        let level = entry.eax >> 5 & 0x7
        let sharing = UInt32(min(1 << (level >= 3 ? topology.socketShift : topology.coreShift), 4096)) - 1
        entry.eax = (entry.eax & ~(0xfff << 14)) | sharing << 14
        guard hasCoreCount else { return }
        let cores = UInt32(min(1 << (topology.socketShift - topology.coreShift), 64)) - 1
        entry.eax = (entry.eax & ~(0x3f << 26)) | cores << 26
    }

    private func adaptExtendedFeatures(_ entry: inout CPUIDEntry) {
        entry.ecx &= ~(Bit.svm | Bit.multiCoreLegacy)
        if isAMD, topology.processorsPerSocket > 1 { entry.ecx |= Bit.multiCoreLegacy }
    }

    private func adaptSizes(_ entry: inout CPUIDEntry) {
        let count = UInt32(min(topology.processorsPerSocket, 256) - 1)
        entry.ecx = (entry.ecx & ~0xf0ff) | count | UInt32(topology.socketShift) << 12
    }

    private func adaptTopology(_ entry: inout CPUIDEntry, identifier: UInt32) {
        let coreMask = (UInt32(1) << UInt32(topology.socketShift - topology.coreShift)) - 1
        let core = (identifier >> UInt32(topology.coreShift)) & coreMask & 0xff
        entry.eax = identifier
        entry.ebx = core | UInt32(min(topology.threads, 256) - 1) << 8
        entry.ecx = identifier >> UInt32(topology.socketShift) & 0xff
        entry.edx = 0
    }

    /// Leaves 0xb and 0x1f: threads of a core, processors of a socket, and the end.
    private func topologyEntries(_ leaf: UInt32, identifier: UInt32) -> [CPUIDEntry] {
        let levels: [(type: UInt32, shift: Int, count: Int)] = [
            (1, topology.coreShift, topology.threads),
            (2, topology.socketShift, topology.processorsPerSocket),
            (0, 0, 0),
        ]
        return levels.enumerated().map { index, level in
            CPUIDEntry(
                function: leaf, index: UInt32(index), flags: CPUIDEntry.hasIndex, eax: UInt32(level.shift),
                ebx: UInt32(level.count), ecx: UInt32(index) | level.type << 8, edx: identifier)
        }
    }
}
