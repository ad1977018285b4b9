// SPDX-License-Identifier: Apache-2.0
internal import Board

/// Saving and restoring. The machine is paused and the device sleeps, or was never started.
extension VirtioPCIFunction: SavableDevice {
    package var stateName: String { name }

    package var state: VirtioPCIState {
        var state = VirtioPCIState()
        state.configurationSpace = space.contents
        state.deviceFeatureSelect = deviceFeatureSelect
        state.driverFeatureSelect = driverFeatureSelect
        state.driverFeatures = driverFeatures
        state.status = statusBits.rawValue
        state.queueSelect = queueSelect
        state.isBroken = device.wires.isBroken
        state.sourceVectors = (0...queues.count).map(vectors.vector(ofSource:))
        state.vectorTable = vectors.entries.flatMap { [$0.addressLow, $0.addressHigh, $0.data, $0.control] }
        saveQueues(into: &state)
        state.pendingSources = vectors.pendingSources
        state.device = device.deviceStateBytes
        return state
    }

    package func restore(_ state: VirtioPCIState) throws(StateError) {
        var space = space
        guard space.restore(state.configurationSpace) else { throw .invalidValue(id: 1) }
        let status = VirtioStatus(rawValue: state.status)
        guard !status.contains(.driverOK) || status.contains(.featuresOK) else { throw .invalidValue(id: 5) }
        guard !status.contains(.featuresOK) || state.driverFeatures & ~device.offeredFeatures == 0 else {
            throw .invalidValue(id: 4)
        }
        let entries = try Self.entries(state.vectorTable, count: vectors.entries.count)
        guard state.sourceVectors.count == queues.count + 1,
            state.sourceVectors.allSatisfy({ $0 == MSIXVectors.noVector || Int($0) < entries.count })
        else { throw .invalidValue(id: 8) }
        let restored = try restoredQueues(state)
        let layouts = Self.layouts(restored, state)
        let activation = VirtioActivation(memory: memory, features: state.driverFeatures, queues: layouts)
        // A driver that started with an unusable queue has a broken device, and that is a state like any other.
        if status.contains(.driverOK) && !state.isBroken {
            for index in layouts.indices {
                do { _ = try activation.queue(index) } catch { throw .invalidValue(id: 11) }
            }
        }
        // The only step that can still fail, and it does so before anything has changed.
        try device.restoreDeviceState(state.device)
        if statusBits.contains(.driverOK) {
            // It forgets what it has just taken over, which it has shown that it can take.
            device.deactivate()
            try device.restoreDeviceState(state.device)
        }
        adopt(state, status, restored, entries, space, activation)
    }

    private func adopt(
        _ state: VirtioPCIState, _ status: VirtioStatus, _ restored: [QueueRegisters], _ entries: [MSIXVectors.Entry],
        _ space: PCIConfigurationSpace, _ activation: VirtioActivation
    ) {
        statusBits = status
        deviceFeatureSelect = state.deviceFeatureSelect
        driverFeatureSelect = state.driverFeatureSelect
        driverFeatures = state.driverFeatures
        queueSelect = state.queueSelect
        queues = restored
        device.wires.repair()
        for (source, vector) in state.sourceVectors.enumerated() { _ = vectors.assign(source: source, vector: vector) }
        vectors.restore(entries: entries)
        adopt(space)
        if state.isBroken { device.wires.breakDown() }
        vectors.signal(state.pendingSources)
        if status.contains(.driverOK) && !state.isBroken { try? device.activate(activation) }
    }

    private func saveQueues(into state: inout VirtioPCIState) {
        // A broken device serves no more until it is reset, which forgets how far it had come.
        let progress = statusBits.contains(.driverOK) && !device.wires.isBroken ? device.queueProgress : []
        for (index, queue) in queues.enumerated() {
            let now = index < progress.count ? progress[index] : nil
            state.queueWords.append(UInt32(queue.size) | (queue.isEnabled ? 1 << 16 : 0))
            state.queueWords.append(UInt32(now?.nextAvailable ?? 0) | UInt32(now?.nextUsed ?? 0) << 16)
            state.queueAddresses += [queue.descriptors, queue.available, queue.used]
        }
    }

    private func restoredQueues(_ state: VirtioPCIState) throws(StateError) -> [QueueRegisters] {
        guard state.queueWords.count == 2 * queues.count else { throw .invalidValue(id: 10) }
        guard state.queueAddresses.count == 3 * queues.count else { throw .invalidValue(id: 11) }
        var result: [QueueRegisters] = []
        for (index, maximum) in device.queueSizes.enumerated() {
            let word = state.queueWords[2 * index]
            var queue = QueueRegisters(maximum: maximum)
            queue.size = UInt16(truncatingIfNeeded: word)
            queue.isEnabled = word & 1 << 16 != 0
            guard word >> 17 == 0, queue.size > 0, queue.size & (queue.size - 1) == 0, queue.size <= maximum else {
                throw .invalidValue(id: 10)
            }
            queue.descriptors = state.queueAddresses[3 * index]
            queue.available = state.queueAddresses[3 * index + 1]
            queue.used = state.queueAddresses[3 * index + 2]
            result.append(queue)
        }
        return result
    }

    private static func layouts(
        _ queues: [QueueRegisters], _ state: VirtioPCIState
    ) -> [VirtqueueLayout?] {
        queues.enumerated().map { index, queue in
            var layout = queue.layout
            let word = state.queueWords[2 * index + 1]
            layout?.nextAvailable = UInt16(truncatingIfNeeded: word)
            layout?.nextUsed = UInt16(truncatingIfNeeded: word >> 16)
            return layout
        }
    }

    private static func entries(_ words: [UInt32], count: Int) throws(StateError) -> [MSIXVectors.Entry] {
        guard words.count == 4 * count else { throw .invalidValue(id: 9) }
        return (0..<count).map { index in
            MSIXVectors.Entry(
                addressLow: words[4 * index] & ~3, addressHigh: words[4 * index + 1], data: words[4 * index + 2],
                control: words[4 * index + 3] & 1)
        }
    }
}
