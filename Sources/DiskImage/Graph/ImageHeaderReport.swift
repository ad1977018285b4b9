// SPDX-License-Identifier: Apache-2.0

/// What the header of a qcow2 image says of other files, as the process that read it tells the one that opens them.
///
/// The text is lines of `KEY VALUE`. Both sides check it: names have no control characters and at most 1023 bytes, so
/// that one line is one name.
package struct ImageHeaderReport: Equatable, Sendable {
    package var backingName: String?
    package var backingFormat: String?
    package var dataFileName: String?
    /// Whether the image keeps its data in another file, whose name it may not say.
    package var hasDataFile = false

    /// The longest text of a report, in bytes.
    package static let maximumByteCount = 8192

    package init() {}

    /// - Throws: Where a name cannot be told.
    package init(_ header: Qcow2Header) throws(BlockError) {
        backingName = try Self.checked(header.backingName, "the backing image's name")
        backingFormat = header.backingFormat
        hasDataFile = header.hasDataFile
        if hasDataFile, let name = header.dataFileName {
            dataFileName = try Self.checked(Array(name.utf8), "the data file's name")
        }
        if let format = backingFormat { _ = try Self.checked(Array(format.utf8), "the backing image's format") }
    }

    package var text: String {
        var lines: [String] = []
        if let backingName { lines.append("backing \(backingName)") }
        if let backingFormat { lines.append("format \(backingFormat)") }
        if hasDataFile { lines.append("data \(dataFileName ?? "")") }
        return lines.map { $0 + "\n" }.joined() + "end\n"
    }

    /// Reads a report; `nil` for what is none.
    package init?(text: String) {
        guard text.utf8.count <= Self.maximumByteCount, text.utf8.last == 0x0A else { return nil }
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
        guard let last = lines.popLast(), last.elementsEqual("end".utf8) else { return nil }
        for line in lines {
            let parts = line.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = try? Self.checked(Array(parts[1]), "") else { return nil }
            switch String(decoding: parts[0], as: UTF8.self) {
            case "backing" where backingName == nil: backingName = value
            case "format" where backingFormat == nil: backingFormat = value
            case "data" where !hasDataFile:
                hasDataFile = true
                dataFileName = value.isEmpty ? nil : value
            default: return nil
            }
        }
    }

    /// Text of anybody's in quotation marks, for one line of a message.
    package static func printable(_ text: String) -> String { "'\(shown(text))'" }

    /// The same as it is.
    package static func shown(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(400).map { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : Character(scalar)
        }
        return String(shown)
    }

    private static func checked(_ bytes: [UInt8]?, _ what: String) throws(BlockError) -> String? {
        guard let bytes else { return nil }
        guard bytes.count <= Int(Qcow2Limits.backingNameByteCount), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .invalid("\(what) has control characters or more than 1023 bytes") }
        // What is no UTF-8 would be told as another name.
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(bytes) else { throw .invalid("\(what) is not written in UTF-8") }
        return text
    }
}
