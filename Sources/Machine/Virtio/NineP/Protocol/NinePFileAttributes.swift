// SPDX-License-Identifier: Apache-2.0

/// What Rgetattr says of a file: what stat(2) does, as the guest shall see it.
struct NinePFileAttributes: Equatable, Sendable {
    /// Kind and rights (stat(2), `st_mode`).
    var mode: UInt32
    var user: UInt32
    var group: UInt32
    var links: UInt64
    /// The number of a device's node, as the kernel writes it into 64 bits.
    var device: UInt64
    var byteCount: UInt64
    /// The size of the transfers that are best.
    var blockSize: UInt64
    /// In units of 512 bytes.
    var blockCount: UInt64
    var access: NinePMoment
    var modification: NinePMoment
    var change: NinePMoment
    var birth: NinePMoment?

    /// `P9_GETATTR_BASIC` and `P9_GETATTR_BTIME`.
    private static let basicMask: UInt64 = 0x7FF
    private static let birthMask: UInt64 = 0x800

    func append(to writer: inout NinePWriter, _ qid: NinePQid) {
        writer.append(Self.basicMask | (birth == nil ? 0 : Self.birthMask))
        writer.append(qid)
        writer.append(mode)
        writer.append(user)
        writer.append(group)
        for number in [links, device, byteCount, blockSize, blockCount] { writer.append(number) }
        for moment in [access, modification, change, birth ?? NinePMoment(seconds: 0, nanoseconds: 0)] {
            writer.append(moment)
        }
        // Generation and version of the contents, which no client asks for.
        writer.append(UInt64(0))
        writer.append(UInt64(0))
    }
}
