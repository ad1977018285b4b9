// SPDX-License-Identifier: Apache-2.0

/// The setup header of a bzImage, checked (Linux, `Documentation/arch/x86/boot.rst`).
struct LinuxSetupHeader {
    /// Where the header begins, in the file and in `boot_params`.
    static let start = 0x1f1
    /// The least part of a file that holds every field used here.
    static let endOfFields = 0x268
    /// The end of the room that `boot_params` has for the header.
    private static let endOfRoom = 0x290

    /// The header's bytes, from `start` on, as long as it says it is.
    let bytes: [UInt8]
    /// Where the protected-mode kernel begins in the file.
    let payloadOffset: UInt64
    /// Its size in bytes; all of it lies within the file.
    let payloadByteCount: UInt64
    /// Where it belongs; 1 MiB or more.
    let preferredAddress: UInt64
    /// What it needs from there on before it can look at the memory map, in bytes; never less than its size.
    let initialByteCount: UInt64
    /// The last address that an initrd may take.
    let initrdLastAddress: UInt64
    /// The most bytes of the command line, its ending zero not counted.
    let commandLineLimit: Int

    /// Whether a file that begins with `beginning` is a bzImage.
    static func isPresent(in beginning: HeaderBytes) -> Bool {
        beginning.half(at: 0x1fe) == 0xaa55 && beginning.bytes.has(Array("HdrS".utf8), at: 0x202)
    }

    /// Reads the header from a file's first bytes; `fileByteCount` is the whole file's size.
    init(_ beginning: HeaderBytes, fileByteCount: UInt64) throws(KernelImageError) {
        guard beginning.bytes.count >= Self.endOfFields else {
            throw .truncated(
                part: "the setup header", needed: UInt64(Self.endOfFields), found: UInt64(beginning.bytes.count))
        }
        try Self.checkKind(beginning)

        // Zero stands for four: the oldest kernels had no such field.
        let sectors = beginning.byte(at: 0x1f1) == 0 ? 4 : UInt64(beginning.byte(at: 0x1f1))
        payloadOffset = (sectors + 1) * 512
        payloadByteCount = UInt64(beginning.word(at: 0x1f4)) * 16
        let end = payloadOffset + payloadByteCount
        guard end <= fileByteCount else {
            throw .truncated(part: "the kernel's code", needed: end, found: fileByteCount)
        }
        guard payloadByteCount > LinuxLoader.entryOffset else {
            throw .malformed("the code has \(payloadByteCount) bytes, which leaves no 64-bit entry")
        }

        preferredAddress = beginning.long(at: 0x258)
        guard preferredAddress >= AddressMap.extendedMemoryStart else {
            throw .malformed("the preferred address is \(preferredAddress.hexadecimal), below 1 MiB")
        }
        initialByteCount = max(UInt64(beginning.word(at: 0x260)), payloadByteCount)
        initrdLastAddress = UInt64(beginning.word(at: 0x22c))
        commandLineLimit = Int(beginning.word(at: 0x238))
        let headerEnd = min(0x202 + Int(beginning.byte(at: 0x201)), Self.endOfRoom)
        bytes = Array(beginning.bytes[Self.start..<max(headerEnd, Self.endOfFields)])
    }

    private static func checkKind(_ beginning: HeaderBytes) throws(KernelImageError) {
        let version = beginning.half(at: 0x206)
        guard version >= 0x20c else {
            throw .unsupported(
                found: "this bzImage speaks version \(version >> 8).\(version & 0xff) of the boot protocol, and the "
                    + "64-bit entry came with 2.12",
                remedy: "give Linux 3.8 or newer")
        }
        guard beginning.byte(at: 0x211) & 1 != 0 else {
            throw .unsupported(found: "this is a zImage, which loads below 1 MiB", remedy: "give a bzImage")
        }
        guard beginning.half(at: 0x236) & 1 != 0 else {
            throw .wrongArchitecture(found: "32-bit x86 (its bzImage has no 64-bit entry)")
        }
    }
}
