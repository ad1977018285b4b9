// SPDX-License-Identifier: Apache-2.0

/// The text that says what a vmdk image consists of (VMware Virtual Disk Format 1.1, "Text Descriptor").
package struct VmdkDescriptor: Equatable, Sendable {
    /// A text is not longer than this.
    package static let maximumByteCount = 1 << 20
    /// The parent's id of an image without a parent.
    package static let noParent: UInt32 = .max

    /// The image's id, which changes with its contents.
    package let contentID: UInt32
    package let parentContentID: UInt32
    /// Such as `monolithicSparse`.
    package let createType: String
    /// The pieces of the disk in their order.
    package let extents: [VmdkExtentLine]

    /// Reads a text; a zero byte ends it.
    package init(parsing bytes: [UInt8]) throws(BlockError) {
        var (contentID, parentContentID, createType): (UInt32?, UInt32?, String?)
        var extents: [VmdkExtentLine] = []
        for line in bytes.prefix(while: { $0 != 0 }).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard line.first != UInt8(ascii: "#") else { continue }
            let text = String(decoding: line, as: UTF8.self)
            if let extent = try VmdkExtentLine(text, fileOffset: line.startIndex) {
                extents.append(extent)
            } else if let (key, value) = Self.setting(text) {
                switch key {
                case "CID": contentID = UInt32(value, radix: 16)
                case "parentCID": parentContentID = UInt32(value, radix: 16)
                case "createType": createType = value
                default: break
                }
            }
        }
        guard let contentID, let createType else {
            throw .corrupt("a vmdk descriptor without CID or createType", fileOffset: 0)
        }
        self.contentID = contentID
        self.parentContentID = parentContentID ?? Self.noParent
        self.createType = createType
        self.extents = extents
    }

    /// `key=value`, with blanks and quotation marks around each part taken off.
    private static func setting(_ line: String) -> (key: String, value: String)? {
        let sides = line.split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { return nil }
        return (stripped(sides[0]), stripped(sides[1]))
    }

    private static func stripped(_ text: Substring) -> String {
        let isMargin = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\"") }
        let bytes = Array(text.utf8).drop(while: isMargin)
        return String(decoding: bytes.reversed().drop(while: isMargin).reversed(), as: UTF8.self)
    }
}
