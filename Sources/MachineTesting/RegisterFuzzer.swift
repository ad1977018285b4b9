// SPDX-License-Identifier: Apache-2.0
package import Machine

/// A guest that writes nonsense: random accesses to a device's registers, the same for the same seed.
///
/// It finds what traps; what a device answers is nobody's business here.
package struct RegisterFuzzer {
    private var random: SplitMix
    private let registerByteCount: UInt64
    /// Recent values come back, so that a read-modify-write and a repeated index happen.
    private var lastValue: UInt64 = 0

    /// - Parameter registerByteCount: Length of the device's range; most accesses fall inside it.
    package init(seed: UInt64, registerByteCount: UInt64) {
        random = SplitMix(seed: seed)
        self.registerByteCount = max(1, registerByteCount)
    }

    /// Makes `count` accesses to `device`.
    package mutating func run(on device: any BusDevice, count: Int) {
        for _ in 0..<count { access(device) }
    }

    /// Makes one access to `device`.
    package mutating func access(_ device: any BusDevice) {
        let offset = nextOffset()
        let width = nextWidth()
        if random.next() & 1 == 0 {
            lastValue = device.read(at: offset, width: width)
        } else {
            device.write(nextValue(), at: offset, width: width)
        }
    }

    private mutating func nextOffset() -> UInt64 {
        switch random.next() % 32 {
        case 0: random.next()
        case 1: registerByteCount &+ random.next() % 16
        case 2: .max - random.next() % 16
        default: random.next() % registerByteCount
        }
    }

    private mutating func nextWidth() -> AccessWidth {
        switch random.next() % 8 {
        case 0: .word
        case 1: .long
        case 2: .quad
        default: .byte
        }
    }

    private mutating func nextValue() -> UInt64 {
        switch random.next() % 8 {
        case 0: 0
        case 1: .max
        case 2: 1 << (random.next() % 64)
        case 3: lastValue
        case 4: lastValue ^ 1 << (random.next() % 16)
        case 5: random.next() % 16
        default: random.next()
        }
    }
}
