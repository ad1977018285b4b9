// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension MonitorRunState {
    /// What `query-status` returns (`StatusInfo` in QEMU 7.2).
    var json: JSONValue {
        ["status": .string(rawValue), "singlestep": false, "running": .bool(self == .running)]
    }
}

extension MonitorProcessor {
    /// An element of what `query-cpus-fast` returns (`CpuInfoFast` in QEMU 7.2).
    var json: JSONValue {
        [
            "thread-id": JSONValue(threadIdentifier),
            "props": ["core-id": JSONValue(core), "thread-id": JSONValue(thread), "socket-id": JSONValue(socket)],
            "qom-path": .string("/machine/unattached/device[\(index)]"), "cpu-index": JSONValue(index),
            "target": "x86_64",
        ]
    }
}

extension MonitorBlockDevice {
    /// An element of what `query-block` returns (`BlockInfo` in QEMU 7.2).
    var json: JSONValue {
        [
            "io-status": "ok", "device": .string(device), "locked": false, "removable": false,
            "inserted": inserted, "qdev": .string(qdev), "type": "unknown",
        ]
    }

    /// The image (`BlockDeviceInfo`), and what it may do in a second; 0 where that has no limit.
    private var inserted: JSONValue {
        let limit = { (key: MonitorThrottle.Key) -> JSONValue in JSONValue(throttle?.values[key] ?? 0) }
        var object = JSONObject()
        object["iops_rd"] = limit(.iopsRead)
        object["detect_zeroes"] = "off"
        object["image"] = image
        object["iops_wr"] = limit(.iopsWrite)
        object["ro"] = .bool(isReadOnly)
        object["backing_file_depth"] = JSONValue(backingDepth)
        object["drv"] = .string(format)
        object["iops"] = limit(.iops)
        object["bps_wr"] = limit(.bpsWrite)
        object["write_threshold"] = 0
        object["encrypted"] = false
        object["bps"] = limit(.bps)
        object["bps_rd"] = limit(.bpsRead)
        object["cache"] = ["no-flush": false, "direct": false, "writeback": true]
        object["file"] = .string(fileName)
        guard let throttle else { return .object(object) }
        for key in MonitorThrottle.Key.allCases where !MonitorThrottle.Key.required.contains(key) {
            object[key.rawValue] = limit(key)
        }
        object["group"] = throttle.group.map { .string($0) }
        return .object(object)
    }

    private var image: JSONValue {
        var object = JSONObject()
        object["virtual-size"] = JSONValue(virtualByteCount)
        object["filename"] = .string(fileName)
        object["format"] = .string(format)
        object["actual-size"] = actualByteCount.map { JSONValue($0) }
        object["dirty-flag"] = false
        return .object(object)
    }
}
