// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Host

/// How the machine comes to the first instruction of its kernel.
extension Machine {
    /// Makes the vCPUs; each gets its identity before any register (KVM checks registers against it).
    func makeProcessors(_ model: CPUIDModel, deferredPage: Int) throws(MachineError) {
        for index in 0..<topology.processorCount {
            let apicID = topology.apicID(of: index)
            let cpu = try Self.system { () throws(SystemCallError) in
                let cpu = try kvm.makeProcessor(apicID: apicID)
                try cpu.setCPUID(model.entries(for: index))
                return cpu
            }
            processors.append(
                Processor(
                    index: index, cpu: cpu, bus: bus, gate: gate, deferredPage: deferredPage,
                    report: { [weak self] processor, failure in
                        self?.post(.failed(processor: processor, failure))
                    }))
        }
    }

    /// Puts the processors at their start, and what they find there into the memory.
    func load() throws(MachineError) {
        switch boot {
        case .firmware:
            memory.populateKernelPlace()
            try begin(with: .afterPowerOn)
        case .kernel(let source): try load(source)
        }
    }

    /// Puts kernel, initrd and tables into the memory and the processors at the kernel's entry.
    private func load(_ source: KernelSource) throws(MachineError) {
        let image = try bootImage(source)
        for segment in image.segments { try fill(segment, from: source) }
        for piece in image.pieces + ACPITables(tables).pieces + SMBIOSTables(tables).pieces {
            do { try memory.write(piece.bytes, at: GuestAddress(piece.guestAddress)) } catch {
                throw .kernel(.unreadable(reason: "\(error)"))
            }
        }
        try begin(with: image.entry)
    }

    private func begin(with state: ProcessorState) throws(MachineError) {
        try Self.system { () throws(SystemCallError) in
            for processor in processors { try processor.cpu.reset(isFirst: processor.index == 0) }
            try processors.first?.cpu.begin(with: state)
        }
    }

    private func bootImage(_ source: KernelSource) throws(MachineError) -> BootImage {
        let file = DescriptorKernelFile(number: source.kernel.descriptor.borrowed, byteCount: source.kernel.byteCount)
        do {
            return try BootLoader.load(
                file,
                for: BootRequest(
                    map: map, commandLine: source.commandLine, initrdByteCount: source.initrd?.byteCount,
                    rootPointerAddress: ACPITables.rootPointerAddress))
        } catch { throw .kernel(error) }
    }

    private func fill(_ segment: FileSegment, from source: KernelSource) throws(MachineError) {
        let address = GuestAddress(segment.guestAddress)
        let count = Int(segment.byteCount)
        do {
            let file = segment.source == .kernel ? source.kernel : source.initrd
            guard let file else { throw GuestFillError.endOfFile(offset: segment.fileOffset) }
            try memory.fill(from: file.descriptor, at: segment.fileOffset, count: count, to: address)
        } catch {
            let reason = "cannot be read into memory: \(error)"
            throw segment.source == .kernel ? .kernel(.unreadable(reason: reason)) : .initrd(reason)
        }
    }
}
