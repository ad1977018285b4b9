// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc

extension NinePServer {
    /// The most bytes of entries that are read at a time.
    private static let maximumEntriesByteCount = 64 << 10
    /// linux_dirent64: inode (8 bytes), the place behind it (8), length (2), kind (1), name with a NUL.
    private static let nameOffset = 19

    /// The entries of an open directory from a place in it on, as Rreaddir lists them: qid, the place behind, kind,
    /// name.
    func entries(_ number: UInt32, from offset: UInt64, upTo count: UInt32) throws(NinePError) -> [UInt8] {
        let fid = try self.fid(number)
        let file = try openFile(fid)
        let room = min(Int(count), Int(messageByteCount) - Self.readHeaderByteCount, Self.maximumEntriesByteCount)
        guard offset <= UInt64(Int64.max) else { throw NinePError(EINVAL) }
        let status = try file.status()
        guard status.mode & S_IFMT == S_IFDIR else { throw NinePError(ENOTDIR) }
        // Less than one entry of the kernel's is no size to read with.
        let bytes = try file.readEntries(from: offset, upTo: max(room, 1024))
        var result: [UInt8] = []
        var position = 0
        while bytes.count - position > Self.nameOffset {
            let length = Int(Self.number(bytes, position + 16, 2))
            guard length > Self.nameOffset, length <= bytes.count - position else { break }
            let entry = self.entry([UInt8](bytes[position..<position + length]), fid.node, status)
            guard result.count + entry.count <= room else {
                if result.isEmpty { throw NinePError(EINVAL) }
                break
            }
            result += entry
            position += length
        }
        return result
    }

    private func entry(_ bytes: [UInt8], _ node: NinePNode, _ folder: cmachine_file) -> [UInt8] {
        let name = [UInt8](bytes[Self.nameOffset...].prefix { $0 != 0 })
        let isAbove = name == [UInt8(ascii: "."), UInt8(ascii: ".")] && node.isRoot
        // There is nothing above the share's directory.
        let inode = isAbove ? folder.inode : Self.number(bytes, 0, 8)
        let kind = owners == .mapped && bytes[18] != Self.folderKind ? 0 : bytes[18]
        var writer = NinePWriter(type: 0, tag: 0)
        let mode = UInt32(kind) << 12
        writer.append(
            NinePQid(
                type: NinePQid.type(ofMode: mode), version: 0, path: self.number(inode: inode, device: folder.device)))
        writer.append(Self.number(bytes, 8, 8))
        writer.append(kind)
        writer.append(text: name)
        return [UInt8](writer.message().dropFirst(NinePWriter.headerByteCount))
    }

    /// DT_DIR; a kind is the four bits of a mode that say it.
    private static let folderKind: UInt8 = 4

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
    }
}
