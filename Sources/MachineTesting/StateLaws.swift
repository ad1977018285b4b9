// SPDX-License-Identifier: Apache-2.0
package import Machine

/// What holds for the state of every device that can be saved:
///
/// - what is saved, written, read and restored into a fresh device is saved again as the same;
/// - restoring what was just saved changes nothing;
/// - a field's id is its own;
/// - an unknown field is refused when it is critical and skipped when it is not;
/// - bytes that nobody wrote load or throw, never trap; after a throw the device is as it was, and after a load all
///   of this holds for what it has become.
package struct StateLaws<Device: SavableDevice> {
    private static var walkLength: Int { 2000 }
    private static var mutationCount: Int { 300 }
    private static var maximumCuts: Int { 1500 }
    /// Longer than any field of any device.
    private static var absurdLength: Int { 4 << 20 }

    private let make: () -> Device
    private let drive: (Device, UInt64, Int) -> Void
    private let seed: UInt64

    /// `make` returns a device at power on; `drive` takes a device, a seed and a number of random steps.
    package init(make: @escaping () -> Device, drive: @escaping (Device, UInt64, Int) -> Void, seed: UInt64) {
        self.make = make
        self.drive = drive
        self.seed = seed
    }

    /// Checks every law on a device at power on and on one that has been driven.
    package func check() throws(StateLawViolation) {
        try checkIdentifiers()
        try checkRoundTrip(of: make())

        let device = make()
        drive(device, seed, Self.walkLength)
        try checkRoundTrip(of: device)
        try checkUnknownFields(of: device)
        try checkTruncation(of: device)
        try checkLengths(of: device)
        try checkMutations(of: device)
    }

    private func checkIdentifiers() throws(StateLawViolation) {
        let ids = Device.State.fields.map(\.id).sorted()
        for (id, next) in zip(ids, ids.dropFirst()) where id == next {
            throw violation("has two fields with id \(id)")
        }
    }

    private func checkRoundTrip(of device: Device) throws(StateLawViolation) {
        let saved = device.state
        guard let loaded = try? Device.State(encoded: saved.encoded) else {
            throw violation("cannot read its own state")
        }
        guard loaded == saved else { throw violation("reads something else than it wrote: \(loaded) for \(saved)") }

        let fresh = make()
        do { try fresh.restore(loaded) } catch { throw violation("refuses its own state in a fresh device: \(error)") }
        guard fresh.state == saved else { throw violation("is not equal once restored: \(fresh.state) for \(saved)") }

        do { try device.restore(saved) } catch { throw violation("refuses its own state: \(error)") }
        guard device.state == saved else { throw violation("changes by sleep and wake: \(device.state) for \(saved)") }
    }

    private func checkUnknownFields(of device: Device) throws(StateLawViolation) {
        let saved = device.state
        let ids = Device.State.fields.map(\.id)
        guard let unknown = (1...UInt16.max).last(where: { !ids.contains($0) }) else { return }
        let critical = saved.encoded + EncodedField(id: unknown, isCritical: true, value: [1, 2, 3]).bytes
        let outcome = Result { () throws(StateError) in try Device.State(encoded: critical) }
        guard outcome == .failure(.unknownCriticalField(id: unknown)) else {
            throw violation("does not refuse a critical field that it does not know: \(outcome)")
        }
        let optional = EncodedField(id: unknown, isCritical: false, value: [1, 2, 3]).bytes + saved.encoded
        guard let loaded = try? Device.State(encoded: optional), loaded == saved else {
            throw violation("does not skip an unknown field that is not critical")
        }
    }

    private func checkTruncation(of device: Device) throws(StateLawViolation) {
        let bytes = device.state.encoded
        let step = max(1, bytes.count / Self.maximumCuts)
        for cut in stride(from: 0, to: bytes.count, by: step) {
            try load([UInt8](bytes[..<cut]), into: device, "cut after byte \(cut)")
        }
    }

    private func checkLengths(of device: Device) throws(StateLawViolation) {
        let fields = EncodedField.list(of: device.state.encoded)
        for index in fields.indices {
            for length in [0, 1, 3, fields[index].value.count + 1, Self.absurdLength] {
                var changed = fields
                changed[index].value = [UInt8](repeating: 0xA5, count: length)
                let isLoaded = try load(
                    changed.flatMap(\.bytes), into: device, "field \(fields[index].id) with \(length) bytes")
                if isLoaded && length == Self.absurdLength {
                    throw violation("takes \(length) bytes for field \(fields[index].id)")
                }
            }
        }
    }

    private func checkMutations(of device: Device) throws(StateLawViolation) {
        let bytes = device.state.encoded
        var random = SplitMix(seed: seed)
        for round in 0..<Self.mutationCount {
            var mutated = bytes
            for _ in 0...random.next() % 4 { Self.mutate(&mutated, with: &random) }
            try load(mutated, into: device, "mutation \(round)")
        }
    }

    /// Offers hostile bytes to the device, checks that it is whole afterwards, and puts it back as it was.
    @discardableResult
    private func load(_ bytes: [UInt8], into device: Device, _ what: String) throws(StateLawViolation) -> Bool {
        let before = device.state
        do {
            try device.restore(Device.State(encoded: bytes))
        } catch {
            guard device.state == before else { throw violation("has changed though it refused a state: \(what)") }
            return false
        }
        try checkRoundTrip(of: device)
        drive(device, seed, 20)
        do { try device.restore(before) } catch { throw violation("refuses its own state after one with \(what)") }
        return true
    }

    private static func mutate(_ bytes: inout [UInt8], with random: inout SplitMix) {
        let position = Int(random.next() % UInt64(bytes.count + 1))
        let byte = UInt8(truncatingIfNeeded: random.next())
        switch random.next() % 4 {
        case 0: bytes.insert(byte, at: position)
        case 1 where position < bytes.count: bytes.remove(at: position)
        case 2 where position < bytes.count: bytes[position] ^= 1 << (byte & 7)
        default: if position < bytes.count { bytes[position] = byte }
        }
    }

    private func violation(_ sentence: String) -> StateLawViolation {
        StateLawViolation(description: "\(make().stateName) \(sentence) (seed \(seed))")
    }
}
