// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import JSON

extension OpenImage {
    /// What qemu-img's JSON says of an image (QAPI's `ImageInfo`).
    var report: JSONValue {
        var object = JSONObject()
        if !details.snapshots.isEmpty { object["snapshots"] = .array(details.snapshots.map(\.report)) }
        object["virtual-size"] = JSONValue(node.byteCount)
        object["filename"] = .string(path)
        if let size = details.clusterByteCount { object["cluster-size"] = JSONValue(size) }
        object["format"] = .string(format.rawValue)
        if let allocatedByteCount { object["actual-size"] = JSONValue(allocatedByteCount) }
        if details.isEncrypted { object["encrypted"] = true }
        if let specific = details.specific {
            object["format-specific"] = ["type": .string(format.rawValue), "data": .object(specific)]
        }
        if let backing = details.backing {
            object["backing-filename"] = .string(backing.path)
            object["full-backing-filename"] = .string(backing.resolved(from: path))
            if let format = backing.format { object["backing-filename-format"] = .string(format) }
        }
        if allocatedByteCount != nil { object["dirty-flag"] = .bool(details.isDirty) }
        return .object(object)
    }
}

extension SnapshotDetails {
    /// QAPI's `SnapshotInfo`.
    var report: JSONValue {
        var object = JSONObject()
        if let instructionCount { object["icount"] = JSONValue(instructionCount) }
        object["vm-clock-nsec"] = JSONValue(machineNanoseconds % 1_000_000_000)
        object["name"] = .string(name)
        object["date-sec"] = JSONValue(seconds)
        object["date-nsec"] = JSONValue(nanoseconds)
        object["vm-clock-sec"] = JSONValue(machineNanoseconds / 1_000_000_000)
        object["id"] = .string(identifier)
        object["vm-state-size"] = JSONValue(stateByteCount)
        return .object(object)
    }
}
