// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Saving and restoring. A restored fid opens its path when it is needed, and is stale where that leads nowhere.
///
/// A fid is its number, the index of its path, its user (4 bytes each) and a byte that says what it is for: 0 nothing
/// more; 1 opened, with the flags (4); 2 reading an attribute, with its value; 3 writing one, with the name, the size
/// it is to have, the flags (4 each) and the value so far. Values have 4 bytes of length in front, names 2.
extension NinePServer: SavableDevice {
    package var stateName: String { "9p" }

    package var state: NinePState {
        var state = NinePState()
        var paths = NinePWriter(type: 0, tag: 0)
        var list = NinePWriter(type: 0, tag: 0)
        var indexes: [ObjectIdentifier: UInt32] = [:]
        for number in fids.keys.sorted() {
            guard let fid = fids[number] else { continue }
            let node = ObjectIdentifier(fid.node)
            let index = indexes[node] ?? UInt32(indexes.count)
            if indexes[node] == nil {
                indexes[node] = index
                if fid.node.isRemoved { paths.append(NinePState.noPath) } else { paths.append(text: fid.node.path) }
            }
            list.append(number)
            list.append(index)
            list.append(fid.user)
            Self.append(fid.use, to: &list)
        }
        state.messageByteCount = messageByteCount
        state.paths = [UInt8](paths.message().dropFirst(NinePWriter.headerByteCount))
        state.fids = [UInt8](list.message().dropFirst(NinePWriter.headerByteCount))
        return state
    }

    package func restore(_ state: NinePState) throws(StateError) {
        guard
            state.messageByteCount == 0
                || (Self.minimumMessageByteCount...Self.maximumMessageByteCount).contains(state.messageByteCount)
        else { throw .invalidValue(id: 1) }
        guard state.messageByteCount > 0 || state.fids.isEmpty else { throw .invalidValue(id: 1) }
        let paths: [[UInt8]?]
        let saved: [SavedFid]
        do throws(NinePError) { paths = try Self.paths(state.paths) } catch { throw .invalidValue(id: 2) }
        do throws(NinePError) { saved = try Self.fids(state.fids, pathCount: paths.count) } catch {
            throw .invalidValue(id: 3)
        }
        guard saved.allSatisfy({ !isReadOnly || !$0.writes }) else { throw .invalidValue(id: 3) }
        adopt(state.messageByteCount, paths, saved)
    }

    /// A fid before it has a node.
    private struct SavedFid {
        let number: UInt32
        let path: Int
        let user: UInt32
        let use: NinePFid.Use

        var writes: Bool {
            switch use {
            case .opened(_, let flags): flags & UInt32(O_ACCMODE) != UInt32(O_RDONLY)
            case .attributeWriting: true
            default: false
            }
        }
    }

    private func adopt(_ messageByteCount: UInt32, _ paths: [[UInt8]?], _ saved: [SavedFid]) {
        reset()
        self.messageByteCount = messageByteCount
        var made: [Int: NinePNode] = [:]
        for fid in saved {
            let path = paths[fid.path]
            // What was read is within the bounds that the nodes have.
            guard let node = made[fid.path] ?? (path == [] ? rootNode : try? nodes.insert(path: path)) else { continue }
            made[fid.path] = node
            try? insert(NinePFid(node: node, user: fid.user, use: fid.use), as: fid.number)
            switch fid.use {
            case .attributeReading, .attributeWriting: attributeFids.insert(fid.number)
            default: break
            }
        }
    }

    private static func append(_ use: NinePFid.Use, to writer: inout NinePWriter) {
        switch use {
        case .none: writer.append(UInt8(0))
        case .opened(_, let flags):
            writer.append(UInt8(1))
            writer.append(flags)
        case .attributeReading(let value):
            writer.append(UInt8(2))
            append(value, to: &writer)
        case .attributeWriting(let writing):
            writer.append(UInt8(3))
            writer.append(text: writing.name)
            writer.append(UInt32(writing.byteCount))
            writer.append(writing.flags)
            append(writing.value, to: &writer)
        }
    }

    private static func append(_ value: [UInt8], to writer: inout NinePWriter) {
        writer.append(UInt32(value.count))
        writer.append(raw: value)
    }

    /// - Throws: Where a path is none below a directory, comes twice, or all are too long.
    private static func paths(_ bytes: [UInt8]) throws(NinePError) -> [[UInt8]?] {
        var reader = NinePReader(bytes)
        var paths: [[UInt8]?] = []
        var seen: Set<[UInt8]> = []
        var byteCount = 0
        while !reader.isAtEnd {
            let count = try reader.integer(UInt16.self)
            guard count != NinePState.noPath else {
                paths.append(nil)
                continue
            }
            let path = try reader.bytes(Int(count))
            byteCount += path.count
            guard path.count <= NinePNodes.maximumPathByteCount, byteCount <= NinePNodes.maximumTotalByteCount,
                seen.insert(path).inserted
            else { throw NinePError(EINVAL) }
            if !path.isEmpty {
                for part in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                    _ = try NinePName([UInt8](part))
                }
            }
            paths.append(path)
        }
        return paths
    }

    private static func fids(_ bytes: [UInt8], pathCount: Int) throws(NinePError) -> [SavedFid] {
        var reader = NinePReader(bytes)
        var fids: [SavedFid] = []
        var numbers: Set<UInt32> = []
        var attributeCount = 0
        while !reader.isAtEnd {
            let number: UInt32 = try reader.integer()
            let path: UInt32 = try reader.integer()
            let user: UInt32 = try reader.integer()
            let use = try use(&reader)
            switch use {
            case .attributeReading, .attributeWriting: attributeCount += 1
            default: break
            }
            guard number != noFid, numbers.insert(number).inserted, path < UInt32(pathCount),
                fids.count < maximumFids, attributeCount <= maximumAttributeFids
            else { throw NinePError(EINVAL) }
            fids.append(SavedFid(number: number, path: Int(path), user: user, use: use))
        }
        return fids
    }

    private static func use(_ reader: inout NinePReader) throws(NinePError) -> NinePFid.Use {
        switch try reader.integer(UInt8.self) {
        case 0: return .none
        case 1:
            let flags: UInt32 = try reader.integer()
            guard flags & ~passedFlags == 0 else { throw NinePError(EINVAL) }
            return .opened(nil, flags: flags)
        case 2: return .attributeReading(try value(&reader))
        case 3:
            let name = try reader.text()
            let byteCount = Int(try reader.integer(UInt32.self))
            let flags: UInt32 = try reader.integer()
            let value = try value(&reader)
            guard !name.isEmpty, name.count <= NinePName.maximumByteCount, !name.contains(0),
                byteCount <= SharedFile.maximumAttributeByteCount, value.count <= byteCount,
                flags & ~UInt32(XATTR_CREATE | XATTR_REPLACE) == 0
            else { throw NinePError(EINVAL) }
            return .attributeWriting(
                NinePAttributeWriting(name: name, byteCount: byteCount, flags: flags, value: value))
        default: throw NinePError(EINVAL)
        }
    }

    private static func value(_ reader: inout NinePReader) throws(NinePError) -> [UInt8] {
        let count = Int(try reader.integer(UInt32.self))
        guard count <= SharedFile.maximumAttributeByteCount else { throw NinePError(EINVAL) }
        return try reader.bytes(count)
    }
}
