// SPDX-License-Identifier: Apache-2.0
internal import Board
package import Host
internal import Synchronization

/// One virtual machine: its memory, processors, board and devices, and the threads that run them.
///
/// Built and driven by the control thread; vCPU and device threads reach it only through `mailbox`.
/// `@unchecked Sendable`: everything mutable is the control thread's.
package final class Machine: @unchecked Sendable {
    /// Work for the control thread; it drains this whenever the mailbox's event is readable.
    package let mailbox: Mailbox
    /// Called on the control thread.
    package var onEvent: (MachineEvent) -> Void = { _ in }
    package let bus = SystemBus()
    package let memory: GuestMemory
    package internal(set) var processors: [Processor] = []
    package private(set) var isRunning = false

    let kvm: VirtualMachine
    let gate = Gate()
    let map: AddressMap
    let topology: ProcessorTopology
    let boot: BootSource
    let firmware: MachineFirmware?
    let tables: BoardConfiguration
    package let board: FixedDevices
    private let hostBridge = PCIBridge(.hostBridge(), name: "mch")
    package private(set) var functions: [VirtioPCIFunction] = []
    private let namedDevices: [MachineParts.NamedDevice]
    private let pristineControllers: InterruptControllerImage
    private let relay: EventRelay
    private var deviceThreads: [JoinableThread] = []
    private var processorThreads: [JoinableThread] = []

    /// Builds the machine; nothing runs and no page of its memory is touched.
    package init(_ parts: MachineParts, on system: borrowing KVMSystem) throws(MachineError) {
        let messageLimit = KernelMessageRouter.messageLimit(entries: system.check(KVMCapability.interruptRoutes))
        try Self.checkVectors(of: parts.devices, limit: messageLimit)
        let supported = try Self.system { () throws(SystemCallError) in try system.supportedCPUID() }
        let map = try Self.map(parts.memoryByteCount, supported)
        let isMergeable = parts.isMergeable
        let usesHugePages = parts.usesHugePages
        let sharesMemory = parts.sharesMemory
        memory = try Self.system { () throws(SystemCallError) in
            try GuestMemory(
                lowByteCount: map.lowMemory.byteCount, highByteCount: map.highMemory?.byteCount ?? 0,
                mergeable: isMergeable, hugePages: usesHugePages, isShared: sharesMemory)
        }
        let kvm = try Self.system { () throws(SystemCallError) in try system.makeMachine() }
        pristineControllers = try Self.system { () throws(SystemCallError) in
            try kvm.makeInterruptControllers()
            return try kvm.interruptControllers()
        }
        tables = BoardConfiguration(
            map: map, topology: parts.topology, hasSerial: true, hasPanicDevice: parts.hasPanicDevice,
            identifier: parts.identifier)
        firmware = try Self.map(memory, parts, tables, kvm)
        let mailbox = try Self.system { () throws(SystemCallError) in try Mailbox() }
        self.mailbox = mailbox
        let relay = EventRelay(mailbox)
        self.relay = relay
        self.kvm = kvm
        self.map = map
        topology = parts.topology
        namedDevices = parts.devices
        board = FixedDevices(
            map: map, kvm: kvm, hasPanicDevice: parts.hasPanicDevice, hasDebugExit: parts.hasDebugExit,
            post: { relay.post($0) })
        boot = parts.boot
        relay.machine = self
        board.insert(into: bus)
        firmware?.insert(into: bus, behind: hostBridge)
        firmware?.memory.onFailure = { relay.post(.failed(processor: 0, .system($0))) }
        try insertFunctions(KernelMessageRouter(kvm, messageLimit: messageLimit))
        let model = CPUIDModel(
            supported: supported, topology: topology,
            hasDeadlineTimer: system.check(KVMCapability.deadlineTimer) > 0)
        try makeProcessors(model, deferredPage: try Self.deferWrites(kvm, system))
        try load()
    }

    /// Starts every thread; the guest does not run before `resume()`.
    package func start() throws(MachineError) {
        NamedThread.prepareKicks()
        for named in namedDevices { try startDevice(named) }
        for processor in processors {
            processorThreads.append(
                try thread("vcpu\(processor.index)") { processor.run(under: ThreadFilters.processor) })
        }
    }

    /// Lets the guest run.
    package func resume() {
        guard !isRunning else { return }
        isRunning = true
        for function in functions { function.device.wake() }
        gate.set(.open)
    }

    /// Stops the guest; returns when every vCPU rests and no device has work under way.
    package func pause() {
        guard isRunning else { return }
        restProcessors()
        for function in functions { function.device.sleep() }
        isRunning = false
    }

    /// Puts the machine back to power on with the kernel loaded anew. Whether it runs stays as it was.
    package func reset() throws(MachineError) {
        let wasRunning = isRunning
        restProcessors()
        relay.reset()
        bus.lock.holding {
            bus.pci.reset()
            board.reset()
            firmware?.reset()
        }
        let memory = memory
        try Self.system { () throws(SystemCallError) in
            try memory.clear()
            try kvm.setInterruptControllers(pristineControllers)
        }
        try placeBARs()
        try load()
        if wasRunning { gate.set(.open) }
    }

    /// The threads that serve devices, by their names: the kernel's ids, 0 for one that has not begun.
    package var deviceThreadNames: [(name: String, identifier: Int)] {
        deviceThreads.map { ($0.name, $0.identifier) }
    }

    /// Presses the power button.
    package func pressPowerButton() {
        bus.lock.holding { board.power.pressPowerButton() }
    }

    /// Ends every thread and waits for them.
    package func end() {
        // A vCPU may be waiting for a device's thread: let it, before those threads end.
        restProcessors()
        gate.set(.ended)
        for named in namedDevices { named.device.stop() }
        for thread in deviceThreads + processorThreads { thread.join() }
        deviceThreads = []
        processorThreads = []
    }

    /// Delivers an event on the control thread. Any thread.
    func post(_ event: MachineEvent) {
        relay.post(event)
    }

    private func restProcessors() {
        gate.set(.closed)
        kickProcessors()
        gate.waitUntilResting(processorThreads.count)
    }

    private func kickProcessors() {
        for processor in processors { processor.cpu.requestExit() }
        for thread in processorThreads { thread.kick() }
    }

    private func startDevice(_ named: MachineParts.NamedDevice) throws(MachineError) {
        let parts: [any ServingThread] = [named.device] + named.device.companions
        for (index, part) in parts.enumerated() {
            let name = named.threadName(index, of: parts.count)
            let filter = index == 0 ? named.filter : named.companionFilter
            let body: @Sendable () -> Void = { [weak self] in
                do { try part.serve(under: filter) } catch {
                    self?.post(.deviceFailed(name: name, reason: "\(error)"))
                }
            }
            deviceThreads.append(try thread(name, body))
        }
    }

    private func thread(_ name: String, _ body: @escaping @Sendable () -> Void) throws(MachineError) -> JoinableThread {
        try Self.system { () throws(SystemCallError) in try JoinableThread(name: name, body: body) }
    }

    /// Every vector must have a route, or a driver that uses them all would lose interrupts.
    static func checkVectors(of devices: [MachineParts.NamedDevice], limit: Int) throws(MachineError) {
        let needed = devices.reduce(0) { $0 + VirtioPCIFunction.vectorCount(of: $1.device) }
        guard needed <= limit else { throw .vectors(needed: needed, limit: limit) }
    }

    private func insertFunctions(_ router: KernelMessageRouter) throws(MachineError) {
        bus.pci.insert(hostBridge, at: Int(PCIFunctionAddress.hostBridge.device))
        bus.pci.insert(PCIBridge(.lpcBridge(), name: "lpc"), at: Int(PCIFunctionAddress.lpcBridge.device))
        let slots = Array(PCIFunctionAddress.freeDevices)
        guard namedDevices.count <= slots.count else { throw .noSlot(devices: namedDevices.count) }
        for (slot, named) in zip(slots, namedDevices) {
            guard let type = VirtioDeviceType(rawValue: named.device.deviceID) else { continue }
            let space = PCIConfigurationSpace.virtio(type, vectorCount: VirtioPCIFunction.vectorCount(of: named.device))
            let function = VirtioPCIFunction(
                named.device, name: named.name, space: space, memory: memory, router: router, binder: kvm)
            functions.append(function)
            bus.pci.insert(function, at: Int(slot))
        }
        let functions = functions
        firmware?.follow { functions.flatMap(\.barRanges) }
        try placeBARs()
    }

    /// Places the functions' BARs where there is no firmware to do so.
    private func placeBARs() throws(MachineError) {
        guard firmware == nil else { return }
        var allocator = BARAllocator(map: map)
        do {
            for function in functions { try function.place(with: &allocator) }
        } catch { throw .barSpace(error) }
    }

    /// The clock's index port is written before each access to its data port, which exits anyway: one exit for both.
    ///
    /// - Returns: Where a vCPU's mapping has the writes; 0 where this KVM keeps none.
    private static func deferWrites(_ kvm: VirtualMachine, _ system: borrowing KVMSystem) throws(MachineError) -> Int {
        let page = system.check(KVMCapability.deferredMemory)
        guard page > 0, system.check(KVMCapability.deferredPorts) > 0 else { return 0 }
        try Self.system { () throws(SystemCallError) in try kvm.deferWrites(toPort: FixedHardware.clockPort) }
        return page
    }

    private static func map(_ byteCount: UInt64, _ supported: [CPUIDEntry]) throws(MachineError) -> AddressMap {
        do {
            return try AddressMap(
                memoryByteCount: byteCount, physicalAddressBits: CPUIDModel.physicalAddressBits(of: supported))
        } catch { throw .memory(error) }
    }

    /// Shows the guest its RAM, and the firmware where it has one.
    private static func map(
        _ memory: GuestMemory, _ parts: MachineParts, _ tables: BoardConfiguration, _ kvm: VirtualMachine
    ) throws(MachineError) -> MachineFirmware? {
        guard case .firmware(let source) = parts.boot else {
            try system { () throws(SystemCallError) in try kvm.map(memory) }
            return nil
        }
        let shown = try FirmwareMemory(source, kvm: kvm, memory: memory)
        try system { () throws(SystemCallError) in try shown.map() }
        let slots = Array(PCIFunctionAddress.freeDevices)
        let order = source.bootOrder.filter { slots.indices.contains($0) }.map { PCIFunctionAddress(device: slots[$0]) }
        return MachineFirmware(shown, board: tables, bootOrder: order, guest: memory)
    }

    /// Converts the one kind of error that the kernel's interfaces throw.
    static func system<Result: ~Copyable>(_ body: () throws(SystemCallError) -> Result) throws(MachineError) -> Result {
        do { return try body() } catch { throw .system(error) }
    }
}
