// SPDX-License-Identifier: Apache-2.0

extension SplitMix {
    /// A number from 0 to `bound` - 1; `bound` is at least 1.
    package mutating func below(_ bound: Int) -> Int { Int(next() >> 1) % bound }

    /// Any byte.
    package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    /// True once in `bound` times.
    package mutating func once(in bound: Int) -> Bool { below(bound) == 0 }

    /// Random bytes, fewer than `bound`.
    package mutating func bytes(below bound: Int) -> [UInt8] {
        (0..<below(bound)).map { _ in byte() }
    }

    /// A number of any size: small ones, powers of two and their neighbours, all ones, anything.
    package mutating func number() -> UInt64 {
        switch below(6) {
        case 0: UInt64(below(16))
        case 1: 1 << UInt64(below(64))
        case 2: (1 << UInt64(below(64))) &- 1
        case 3: 0 &- UInt64(below(64))
        case 4: next() >> UInt64(below(64))
        default: next()
        }
    }
}
