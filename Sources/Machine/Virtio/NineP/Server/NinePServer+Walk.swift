// SPDX-License-Identifier: Apache-2.0
internal import CMachine

extension NinePServer {
    /// How far a walk has come.
    private struct Position {
        var file: SharedFile
        /// `nil` in a directory without a name.
        var path: [UInt8]?
        var identity: FileIdentity?
    }

    /// Follows names from a fid, one directory at a time; none clones the fid.
    func walk(_ number: UInt32, _ newNumber: UInt32, _ steps: [NinePStep]) throws(NinePError) -> NinePReply {
        let fid = try self.fid(number)
        guard newNumber != Self.noFid, newNumber == number || fids[newNumber] == nil else { throw NinePError(EINVAL) }
        if newNumber == number { _ = try plainFid(number) }
        if steps.isEmpty {
            try insert(NinePFid(node: fid.node, user: fid.user), as: newNumber)
            return .walked([])
        }
        let start = fid.node
        var position = Position(file: try place(start), path: start.isRemoved ? nil : start.path)
        var qids: [NinePQid] = []
        for step in steps {
            do throws(NinePError) {
                qids.append(try take(step, from: &position))
            } catch {
                if qids.isEmpty { throw error }
                return .walked(qids)
            }
        }
        guard let identity = position.identity else { throw NinePError(ENOENT) }
        let node = try adopt(position.file, at: position.path, identity)
        do throws(NinePError) {
            try insert(NinePFid(node: node, user: fid.user), as: newNumber)
        } catch {
            nodes.dropIfUnused(node)
            throw error
        }
        return .walked(qids)
    }

    private func take(_ step: NinePStep, from position: inout Position) throws(NinePError) -> NinePQid {
        let folder: SharedFile
        let component: [UInt8]
        switch step {
        case .name(let name):
            folder = position.file
            component = name.bytes
            if let path = position.path {
                position.path = path.isEmpty ? component : path + [UInt8(ascii: "/")] + component
            }
        case .parent:
            // By the path from the top, never by the host's "..": that one may lead out of the share by now.
            guard let path = position.path else { throw NinePError(ESTALE) }
            let above = path.lastIndex(of: UInt8(ascii: "/")).map { [UInt8](path[..<$0]) } ?? []
            position.path = above
            folder = root
            component = above
        }
        guard (position.path?.count ?? 0) <= NinePNodes.maximumPathByteCount else { throw NinePError(ENAMETOOLONG) }
        let (file, status) = try look(component, in: folder)
        position.file = file
        position.identity = FileIdentity(status)
        return qid(of: status)
    }
}
