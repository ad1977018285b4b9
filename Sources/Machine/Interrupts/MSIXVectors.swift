// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Host

/// The MSI-X table of a function (PCI 3.0 §6.8.2) and the events behind its vectors.
///
/// A vector that is masked keeps its events disconnected, so that a signal waits in the event itself and is
/// delivered by connecting again: nothing is lost. Calls come with the bus lock held.
final class MSIXVectors {
    /// One entry of the table, as the guest wrote it.
    struct Entry: Equatable {
        var addressLow: UInt32 = 0
        var addressHigh: UInt32 = 0
        var data: UInt32 = 0
        var control: UInt32 = 1

        var isMasked: Bool { control & 1 != 0 }
    }

    /// Event sources: `source` is an index among the function's events.
    private struct Source {
        let event: CInt
        var vector: UInt16 = MSIXVectors.noVector
        var connectedTo: UInt32?
    }

    static let noVector: UInt16 = 0xffff
    private let router: any MessageRouter
    private var interrupts: [UInt32?]
    private var sources: [Source]
    private(set) var entries: [Entry]
    /// MSI-X is on and the function is not masked (message control, bits 15 and 14).
    private var isLive = false

    init(vectorCount: Int, events: [CInt], router: any MessageRouter) {
        self.router = router
        entries = Array(repeating: Entry(), count: vectorCount)
        interrupts = Array(repeating: nil, count: vectorCount)
        sources = events.map { Source(event: $0) }
    }

    /// Gives a source a vector; false where there is no such vector.
    func assign(source: Int, vector: UInt16) -> Bool {
        guard vector == Self.noVector || Int(vector) < entries.count else { return false }
        sources[source].vector = vector
        update()
        return true
    }

    func vector(ofSource source: Int) -> UInt16 { sources[source].vector }

    func setLive(_ isLive: Bool) {
        guard isLive != self.isLive else { return }
        self.isLive = isLive
        update()
    }

    /// Back to power on: all masked, no vector assigned.
    func reset() {
        isLive = false
        for index in entries.indices { entries[index] = Entry() }
        for index in sources.indices { sources[index].vector = Self.noVector }
        update()
    }

    /// Takes over a table; whether it is live follows from configuration space.
    func restore(entries: [Entry]) {
        self.entries = entries
        update()
    }

    /// The sources that were signalled and are not connected, one bit each.
    var pendingSources: [UInt8] {
        var bits = [UInt8](repeating: 0, count: (sources.count + 7) / 8)
        for (index, source) in sources.enumerated() where source.connectedTo == nil && isSignalled(source.event) {
            bits[index / 8] |= 1 << UInt8(index % 8)
        }
        return bits
    }

    /// Signals the sources whose bits are set; a bit for no source is ignored.
    func signal(_ pending: [UInt8]) {
        for index in sources.indices {
            guard index / 8 < pending.count, pending[index / 8] & 1 << UInt8(index % 8) != 0 else { continue }
            EventDescriptor.signal(borrowing: sources[index].event)
        }
    }

    /// Reads the table or, from `pendingOffset`, the pending bits.
    func read(at offset: UInt64, width: AccessWidth, pendingOffset: UInt64) -> UInt64 {
        let word = offset & ~3
        if width == .quad {
            return readWord(at: word, pendingOffset) | readWord(at: word + 4, pendingOffset) << 32
        }
        return (readWord(at: word, pendingOffset) >> ((offset & 3) * 8)) & width.allOnes
    }

    /// Writes the table; the pending bits are read-only.
    func write(_ value: UInt64, at offset: UInt64, width: AccessWidth) {
        guard width == .long || width == .quad, offset & 3 == 0 else { return }
        writeWord(UInt32(truncatingIfNeeded: value), at: offset)
        if width == .quad { writeWord(UInt32(truncatingIfNeeded: value >> 32), at: offset + 4) }
        update()
    }

    private func readWord(at offset: UInt64, _ pendingOffset: UInt64) -> UInt64 {
        if offset >= pendingOffset { return pendingWord(Int(offset - pendingOffset) / 4) }
        guard offset / 16 < UInt64(entries.count) else { return 0 }
        let entry = entries[Int(offset / 16)]
        switch offset % 16 {
        case 0: return UInt64(entry.addressLow)
        case 4: return UInt64(entry.addressHigh)
        case 8: return UInt64(entry.data)
        default: return UInt64(entry.control)
        }
    }

    private func writeWord(_ value: UInt32, at offset: UInt64) {
        guard offset / 16 < UInt64(entries.count) else { return }
        let index = Int(offset / 16)
        switch offset % 16 {
        case 0: entries[index].addressLow = value & ~3
        case 4: entries[index].addressHigh = value
        case 8: entries[index].data = value
        default: entries[index].control = value & 1
        }
    }

    private func pendingWord(_ index: Int) -> UInt64 {
        var bits: UInt64 = 0
        for source in sources where source.connectedTo == nil && source.vector != Self.noVector {
            let vector = Int(source.vector)
            guard vector / 32 == index, isSignalled(source.event) else { continue }
            bits |= 1 << UInt64(vector % 32)
        }
        return bits
    }

    private func isSignalled(_ event: CInt) -> Bool {
        var request = pollfd(fd: event, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) == 1
    }

    /// Connects every source whose vector may fire, and no other.
    private func update() {
        for index in sources.indices {
            let source = sources[index]
            let wanted = interrupt(for: source.vector)
            guard wanted != source.connectedTo else { continue }
            if let old = source.connectedTo {
                try? router.connect(source.event, to: old, isConnected: false)
                sources[index].connectedTo = nil
            }
            // Where the kernel refuses, the signal stays pending, as for a masked vector.
            if let wanted, (try? router.connect(source.event, to: wanted, isConnected: true)) != nil {
                sources[index].connectedTo = wanted
            }
        }
    }

    /// The interrupt number of a vector that may fire now, with its message in place; `nil` for a masked one.
    private func interrupt(for vector: UInt16) -> UInt32? {
        guard isLive, vector != Self.noVector, Int(vector) < entries.count else { return nil }
        let entry = entries[Int(vector)]
        guard !entry.isMasked else { return nil }
        do {
            let number: UInt32
            if let known = interrupts[Int(vector)] { number = known } else { number = try router.reserve() }
            interrupts[Int(vector)] = number
            let address = UInt64(entry.addressHigh) << 32 | UInt64(entry.addressLow)
            try router.setMessage(number, address: address, data: entry.data)
            return number
        } catch {
            return nil
        }
    }
}
