// SPDX-License-Identifier: Apache-2.0

/// The common configuration structure (virtio 1.2 §4.1.4.3). Accesses of another width than the field's, but for
/// the halves of the 64-bit fields, read zero and write nothing (§4.1.3.1).
extension VirtioPCIFunction {
    func readCommon(at offset: UInt64, width: AccessWidth) -> UInt64 {
        switch (offset, width) {
        case (0x00, .long): UInt64(deviceFeatureSelect)
        case (0x04, .long): featureWord(device.offeredFeatures, deviceFeatureSelect)
        case (0x08, .long): UInt64(driverFeatureSelect)
        case (0x0c, .long): featureWord(driverFeatures, driverFeatureSelect)
        case (0x10, .word): UInt64(vectors.vector(ofSource: Self.configurationSource))
        case (0x12, .word): UInt64(queues.count)
        case (0x14, .byte): UInt64(status.rawValue)
        case (0x15, .byte): UInt64(device.wires.generation)
        case (0x16, .word): UInt64(queueSelect)
        default: readQueue(at: offset, width: width)
        }
    }

    func writeCommon(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        switch (offset, width) {
        case (0x00, .long): deviceFeatureSelect = UInt32(truncatingIfNeeded: value)
        case (0x08, .long): driverFeatureSelect = UInt32(truncatingIfNeeded: value)
        case (0x0c, .long): acceptFeatures(UInt32(truncatingIfNeeded: value))
        case (0x10, .word): assign(Self.configurationSource, UInt16(truncatingIfNeeded: value))
        case (0x14, .byte): writeStatus(VirtioStatus(rawValue: UInt8(truncatingIfNeeded: value)))
        case (0x16, .word): queueSelect = UInt16(truncatingIfNeeded: value)
        default: writeQueue(value, at: offset, width: width)
        }
    }

    /// The status as the driver sees it: with "needs reset" once the device has met a mistake.
    var status: VirtioStatus {
        device.wires.isBroken && statusBits.contains(.driverOK) ? statusBits.union(.needsReset) : statusBits
    }

    private func featureWord(_ features: UInt64, _ select: UInt32) -> UInt64 {
        select < 2 ? (features >> (32 * UInt64(select))) & 0xffff_ffff : 0
    }

    private func acceptFeatures(_ word: UInt32) {
        guard driverFeatureSelect < 2, !statusBits.contains(.featuresOK) else { return }
        let shift = 32 * UInt64(driverFeatureSelect)
        driverFeatures = driverFeatures & ~(0xffff_ffff << shift) | UInt64(word) << shift
    }

    private func writeStatus(_ written: VirtioStatus) {
        guard written.rawValue != 0 else { return resetDevice() }
        var new = statusBits.union(written).subtracting(.needsReset)
        if written.contains(.featuresOK) && !statusBits.contains(.featuresOK) {
            let isAcceptable =
                driverFeatures & ~device.offeredFeatures == 0 && driverFeatures & VirtioFeature.version1 != 0
            if !isAcceptable { new.remove(.featuresOK) }
        }
        let starts = new.contains(.driverOK) && !statusBits.contains(.driverOK)
        if starts && !new.contains(.featuresOK) { new.remove(.driverOK) }
        statusBits = new
        if starts && new.contains(.driverOK) { activate() }
    }

    /// A vector that cannot be had reads back as none (§4.1.5.1.2).
    private func assign(_ source: Int, _ vector: UInt16) {
        if !vectors.assign(source: source, vector: vector) {
            _ = vectors.assign(source: source, vector: MSIXVectors.noVector)
        }
    }

    private func readQueue(at offset: UInt64, width: AccessWidth) -> UInt64 {
        guard Int(queueSelect) < queues.count else { return 0 }
        let queue = queues[Int(queueSelect)]
        switch (offset, width) {
        case (0x18, .word): return UInt64(queue.size)
        case (0x1a, .word): return UInt64(vectors.vector(ofSource: Self.source(ofQueue: Int(queueSelect))))
        case (0x1c, .word): return queue.isEnabled ? 1 : 0
        case (0x1e, .word): return UInt64(queueSelect)
        case (0x20..<0x38, .long), (0x20..<0x38, .quad):
            let fields = [queue.descriptors, queue.available, queue.used]
            guard offset % UInt64(width.rawValue) == 0 else { return 0 }
            return (fields[Int(offset - 0x20) / 8] >> (8 * (offset % 8))) & width.allOnes
        default: return 0
        }
    }

    private func writeQueue(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        guard Int(queueSelect) < queues.count else { return }
        let index = Int(queueSelect)
        if offset == 0x1a && width == .word {
            return assign(Self.source(ofQueue: index), UInt16(truncatingIfNeeded: value))
        }
        guard !statusBits.contains(.driverOK) else { return }
        switch (offset, width) {
        case (0x18, .word):
            let size = UInt16(truncatingIfNeeded: value)
            // Not a power of two, or more than was offered: the old size stays, as the driver can read.
            if size > 0, size & (size - 1) == 0, size <= queues[index].maximum { queues[index].size = size }
        case (0x1c, .word): if value == 1 { queues[index].isEnabled = true }
        case (0x20..<0x28, .long), (0x20..<0x28, .quad): put(value, offset, width, &queues[index].descriptors)
        case (0x28..<0x30, .long), (0x28..<0x30, .quad): put(value, offset, width, &queues[index].available)
        case (0x30..<0x38, .long), (0x30..<0x38, .quad): put(value, offset, width, &queues[index].used)
        default: break
        }
    }

    private func put(_ value: UInt64, _ offset: UInt64, _ width: AccessWidth, _ field: inout UInt64) {
        guard offset % UInt64(width.rawValue) == 0 else { return }
        let shift = 8 * (offset % 8)
        field = field & ~(width.allOnes << shift) | (value & width.allOnes) << shift
    }
}
