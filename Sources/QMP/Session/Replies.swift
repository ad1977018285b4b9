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

    /// The image (`BlockDeviceInfo`). No limits are set on it, hence the zeroes.
    private var inserted: JSONValue {
        [
            "iops_rd": 0, "detect_zeroes": "off", "image": image, "iops_wr": 0, "ro": .bool(isReadOnly),
            "backing_file_depth": 0, "drv": .string(format), "iops": 0, "bps_wr": 0, "write_threshold": 0,
            "encrypted": false, "bps": 0, "bps_rd": 0,
            "cache": ["no-flush": false, "direct": false, "writeback": true], "file": .string(fileName),
        ]
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
