// SPDX-License-Identifier: Apache-2.0
import DiskImage
import MachineTesting

/// An operation that both engines do, and what the disk holds after it.
enum RandomOperation {
    case write(UInt64, Int, UInt8)
    case zero(UInt64, Int, mayUnmap: Bool)
    case discard(UInt64, Int)
    case flush

    /// One within the disk, of a size that crosses clusters now and then; `discards` where they read as zeros.
    static func random(_ random: inout SplitMix, byteCount: Int, discards: Bool) -> RandomOperation {
        let unit = random.once(in: 3) ? 1 : 512
        let count = min(byteCount, max(unit, random.below(1 << (4 + random.below(16))) / unit * unit))
        let offset = UInt64(random.below((byteCount - count) / unit + 1) * unit)
        switch random.below(10) {
        case 0, 1: return .zero(offset, count, mayUnmap: random.once(in: 2))
        case 2 where discards: return .discard(offset, count)
        case 3 where random.once(in: 3): return .flush
        default: return .write(offset, count, random.byte() | 1)
        }
    }

    /// As qemu-io takes it.
    var command: String {
        switch self {
        case .write(let offset, let count, let byte): "write -q -P \(byte) \(offset) \(count)"
        case .zero(let offset, let count, let mayUnmap): "write -q -z \(mayUnmap ? "-u " : "")\(offset) \(count)"
        case .discard(let offset, let count): "discard -q \(offset) \(count)"
        case .flush: "flush"
        }
    }

    func perform(on image: Qcow2Image) throws {
        switch self {
        case .write(let offset, let count, let byte):
            try image.write([UInt8](repeating: byte, count: count), at: offset)
        case .zero(let offset, let count, let mayUnmap):
            try image.writeZeroes(offset..<offset + UInt64(count), mayUnmap: mayUnmap)
        case .discard(let offset, let count): try image.discard(offset..<offset + UInt64(count))
        case .flush: try image.flush()
        }
    }

    /// What a plain array of the disk's bytes becomes; a discard changes nothing that may be relied on.
    func perform(on bytes: inout [UInt8]) {
        switch self {
        case .write(let offset, let count, let byte):
            for index in Int(offset)..<Int(offset) + count { bytes[index] = byte }
        case .zero(let offset, let count, _):
            for index in Int(offset)..<Int(offset) + count { bytes[index] = 0 }
        case .discard, .flush: break
        }
    }
}
