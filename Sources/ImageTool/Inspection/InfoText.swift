// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import JSON

/// What `info` prints for people, line by line as qemu-img does.
struct InfoText {
    let text: String

    init(_ image: OpenImage) {
        let details = image.details
        var lines = [
            "image: \(image.path)", "file format: \(image.format.rawValue)",
            "virtual size: \(HumanText.size(image.node.byteCount)) (\(image.node.byteCount) bytes)",
            "disk size: \(image.allocatedByteCount.map(HumanText.size) ?? "unavailable")",
        ]
        if details.isEncrypted { lines.append("encrypted: yes") }
        if let size = details.clusterByteCount { lines.append("cluster_size: \(size)") }
        if details.isDirty { lines.append("cleanly shut down: no") }
        if let backing = details.backing { lines += Self.lines(backing, from: image.path) }
        if !details.snapshots.isEmpty {
            lines += ["Snapshot list:", SnapshotTable.header] + details.snapshots.map(SnapshotTable.line)
        }
        if let specific = details.specific {
            lines.append("Format specific information:")
            lines += Self.lines(.object(specific), indentation: 4)
        }
        text = lines.map { "\(HumanText.printable($0))\n" }.joined()
    }

    private static func lines(_ backing: BackingReference, from path: String) -> [String] {
        let resolved = backing.resolved(from: path)
        var lines = ["backing file: \(backing.path)" + (resolved == backing.path ? "" : " (actual path: \(resolved))")]
        if let format = backing.format { lines.append("backing file format: \(format)") }
        return lines
    }

    /// A value's members or elements, one a line; what is in them stands further in.
    private static func lines(_ value: JSONValue, indentation: Int) -> [String] {
        let blanks = String(repeating: " ", count: indentation)
        if let members = value.members?.members {
            return members.flatMap { member in
                lines(blanks + spaced(member.key) + ":", member.value, indentation)
            }
        }
        return (value.elements ?? []).enumerated().flatMap { index, element in
            lines(blanks + "[\(index)]:", element, indentation)
        }
    }

    private static func lines(_ name: String, _ value: JSONValue, _ indentation: Int) -> [String] {
        switch value {
        case .object, .array: [name] + lines(value, indentation: indentation + 4)
        case .string(let text): ["\(name) \(text)"]
        default: ["\(name) \(value.serialized())"]
        }
    }

    /// Names have blanks here where they have hyphens in JSON.
    private static func spaced(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}
