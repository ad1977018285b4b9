// SPDX-License-Identifier: Apache-2.0

/// Why a kernel cannot be started. The caller puts the file's name before the sentence.
package enum KernelImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be read; `reason` is the system's.
    case unreadable(reason: String)
    /// The file is none of the formats; `beginning` holds its first bytes, at most eight.
    case notAKernel(beginning: [UInt8])
    /// `part` ends at byte `needed` of a file that has `found` bytes.
    case truncated(part: String, needed: UInt64, found: UInt64)
    /// A kernel, but not for this machine's processors; `found` says for which.
    case wrongArchitecture(found: String)
    /// A bare compressed image; `method` names the compression.
    case compressed(method: String)
    /// A kernel in a form that no loader here takes; `found` says which, `remedy` what to give instead.
    case unsupported(found: String, remedy: String)
    /// A header field that contradicts another or itself.
    case malformed(String)
    /// The kernel (and its initrd) ends at address `needed`, and the RAM below 4 GiB at `available`.
    case doesNotFit(withInitrd: Bool, needed: UInt64, available: UInt64)
    /// Two segments claim the same address.
    case overlappingSegments(first: AddressRange, second: AddressRange)
    /// The command line has `byteCount` bytes, and the kernel takes `limit`.
    case commandLineTooLong(byteCount: Int, limit: Int)
    /// The command line has a zero byte in it, which would end it early.
    case commandLineHasZeroByte
    /// The initrd is a file of no bytes.
    case emptyInitrd

    package var description: String {
        switch self {
        case .unreadable(let reason):
            "the file cannot be read: \(reason)"
        case .notAKernel(let beginning):
            "this is not a kernel (\(Self.sentence(beginning))); give a Linux bzImage (vmlinuz), an ELF kernel with a "
                + "PVH note (vmlinux), or an ELF kernel with a multiboot header"
        case .truncated(let part, let needed, let found):
            "the file is truncated: \(part) ends at byte \(needed), and the file has \(found); fetch it again"
        case .wrongArchitecture(let found):
            "this is a kernel for \(found); give one for x86-64"
        case .compressed(let method):
            "the file is compressed with \(method); decompress it first, or give the bzImage (vmlinuz)"
        case .unsupported(let found, let remedy):
            "\(found); \(remedy)"
        case .malformed(let fault):
            "the kernel's headers are damaged: \(fault); fetch it again"
        case .doesNotFit(let withInitrd, let needed, let available):
            "\(withInitrd ? "the kernel and its initrd need" : "the kernel needs") \(needed.mebibytesRoundedUp) MiB "
                + "of memory below 4 GiB, and the machine has \(available / 0x10_0000) MiB; give the machine more "
                + "memory or a smaller kernel or initrd"
        case .overlappingSegments(let first, let second):
            "the kernel's headers are damaged: the segment at \(first.start.hexadecimal) to \(first.end.hexadecimal) "
                + "overlaps the one at \(second.start.hexadecimal) to \(second.end.hexadecimal); fetch it again"
        case .commandLineTooLong(let byteCount, let limit):
            "the kernel's command line has \(byteCount) bytes, and this kernel takes \(limit); shorten it"
        case .commandLineHasZeroByte:
            "the kernel's command line has a zero byte in it; remove it"
        case .emptyInitrd:
            "the initrd is an empty file; give one with an archive in it, or none"
        }
    }

    private static func sentence(_ beginning: [UInt8]) -> String {
        guard !beginning.isEmpty else { return "the file is empty" }
        let bytes = beginning.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return "it begins with the bytes " + bytes.joined(separator: " ")
    }
}
