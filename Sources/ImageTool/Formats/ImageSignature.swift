// SPDX-License-Identifier: Apache-2.0

/// What the first bytes of a file say that it is.
///
/// A guest may write any signature into its raw disk: nothing may be written, and nothing outside the file be read,
/// because of one.
enum ImageSignature: Equatable {
    case format(ImageFormat)
    case foreign(ImageFormat.ForeignFormat)

    var formatName: String {
        switch self {
        case .format(let format): format.rawValue
        case .foreign(let format): format.rawValue
        }
    }

    /// How many of a file's first bytes tell it.
    static let byteCount = 2048

    /// The signature in a file's first bytes, or `nil`.
    init?(beginning bytes: [UInt8]) {
        func has(_ signature: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + signature.count && bytes.dropFirst(offset).starts(with: signature)
        }
        if has([0x51, 0x46, 0x49, 0xFB]) {
            self = has([0, 0, 0, 1], at: 4) ? .foreign(.qcow) : .format(.qcow2)
        } else if has(Array("KDMV".utf8)) || has(Array("COWD".utf8)) || Self.isVmdkDescriptor(bytes) {
            self = .format(.vmdk)
        } else if let found = Self.foreignSignatures.first(where: { has($0.bytes, at: $0.offset) }) {
            self = .foreign(found.format)
        } else {
            return nil
        }
    }

    private static let foreignSignatures: [(format: ImageFormat.ForeignFormat, offset: Int, bytes: [UInt8])] = [
        (.luks, 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]),
        (.qed, 0, [0x51, 0x45, 0x44, 0]),
        (.vdi, 64, [0x7F, 0x10, 0xDA, 0xBE]),
        (.vhdx, 0, Array("vhdxfile".utf8)),
        (.vpc, 0, Array("conectix".utf8)),
        (.parallels, 0, Array("WithoutFreeSpace".utf8)),
        (.parallels, 0, Array("WithouFreSpacExt".utf8)),
        (.bochs, 0, Array("Bochs Virtual HD Image".utf8)),
    ]

    /// A text whose first line that is neither blank nor a comment is `version=1`, 2 or 3.
    private static func isVmdkDescriptor(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == UInt8(ascii: "#") else { return false }
        let lines = bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
        let line = lines.first { line in
            line.first != UInt8(ascii: "#") && line.contains { $0 != 0x20 && $0 != 0x09 }
        }
        return ["version=1", "version=2", "version=3"].contains { (line ?? []).elementsEqual($0.utf8) }
    }
}
