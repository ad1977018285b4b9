// SPDX-License-Identifier: Apache-2.0
package import JSON

extension MachineConfiguration {
    /// The configuration as a document: reading it back makes an equal value. Members that are `nil` are left out.
    package var json: JSONValue {
        var object: JSONValue = [
            "name": .string(name), "processors": processors.json, "memory": memory.json, "boot": boot.json,
            "disks": .array(disks.map(\.json)), "networks": .array(networks.map(\.json)), "console": console.json,
            "channels": .array(channels.map(\.json)),
        ]
        if !imageFolders.isEmpty { object.set("imageFolders", .array(imageFolders.map { .string($0) })) }
        if !shares.isEmpty { object.set("shares", .array(shares.map(\.json))) }
        object.set("monitor", monitor?.json)
        object.set("debugExit", .bool(debugExit))
        object.set("entropy", .bool(entropy))
        object.set("panicDevice", .bool(panicDevice))
        object.set("balloon", balloon?.json)
        if !fileSystems.isEmpty { object.set("fileSystems", .array(fileSystems.map(\.json))) }
        object.set("kvm", kvm?.json)
        object.set("seed", seed?.json)
        return object
    }

    /// The text of `json`, in UTF-8: what `init(document:for:)` reads.
    package var document: [UInt8] { json.bytes() }
}

extension JSONValue {
    /// Puts a member last; `nil` puts nothing.
    mutating func set(_ key: String, _ value: JSONValue?) {
        guard let value, case .object(var object) = self else { return }
        object[key] = value
        self = .object(object)
    }
}

extension Resource {
    var json: JSONValue {
        switch self {
        case .path(let path): .string(path)
        case .descriptor(let number): ["descriptor": JSONValue(number)]
        }
    }
}

extension ProcessorConfiguration {
    fileprivate var json: JSONValue {
        var object: JSONValue = ["count": JSONValue(count)]
        object.set("sockets", topology.map { JSONValue($0.sockets) })
        object.set("cores", topology.map { JSONValue($0.cores) })
        object.set("threads", topology.map { JSONValue($0.threads) })
        return object
    }
}

extension MemoryConfiguration {
    fileprivate var json: JSONValue {
        ["byteCount": JSONValue(byteCount), "mergeable": .bool(mergeable), "hugePages": .bool(hugePages)]
    }
}

extension BootConfiguration {
    fileprivate var json: JSONValue {
        var object: JSONValue = .object(.init())
        object.set("kernel", kernel?.json)
        object.set("initrd", initrd?.json)
        object.set("commandLine", .string(commandLine))
        object.set("firmware", firmware?.json)
        return object
    }
}

extension FirmwareConfiguration {
    fileprivate var json: JSONValue {
        var object: JSONValue = ["kind": .string(kind.rawValue)]
        object.set("image", image?.json)
        object.set("variables", variables?.json)
        return object
    }
}

extension NetworkConfiguration {
    fileprivate var json: JSONValue {
        var object: JSONValue
        switch attachment {
        case .tap(let name, let descriptors):
            object = ["kind": "tap", "name": .string(name)]
            if !descriptors.isEmpty { object.set("descriptors", .array(descriptors.map { JSONValue($0) })) }
        case .user(let descriptor):
            object = ["kind": "user"]
            object.set("descriptor", descriptor.map { JSONValue($0) })
        case .none: object = ["kind": "none"]
        }
        object.set("mac", mac.map { .string($0.description) })
        if queueCount != 1 { object.set("queueCount", JSONValue(queueCount)) }
        object.set("mtu", mtu.map { JSONValue($0) })
        object.set("processors", processors.map { .string($0.text) })
        if vhost { object.set("vhost", .bool(true)) }
        if !vhostDescriptors.isEmpty {
            object.set("vhostDescriptors", .array(vhostDescriptors.map { JSONValue($0) }))
        }
        object.set("startEvent", startEvent.map { JSONValue($0) })
        return object
    }
}

extension ConsoleConfiguration {
    fileprivate var json: JSONValue {
        switch self {
        case .terminal: return ["kind": "terminal"]
        case .streams(let input, let output):
            var object: JSONValue = ["kind": "streams"]
            object.set("input", input.map { JSONValue($0) })
            object.set("output", JSONValue(output))
            return object
        case .file(let resource): return ["kind": "file", "file": resource.json]
        case .socket(let resource): return ["kind": "socket", "socket": resource.json]
        }
    }
}

extension ChannelConfiguration {
    fileprivate var json: JSONValue {
        ["name": .string(name), "socket": socket.json]
    }
}
