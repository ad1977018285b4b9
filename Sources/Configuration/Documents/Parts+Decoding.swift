// SPDX-License-Identifier: Apache-2.0
internal import JSON

extension ProcessorConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> ProcessorConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["count", "sockets", "cores", "threads"])
        let count = reader.required("count", "the number of vCPUs", reader.integer)
        let sockets = reader.integer("sockets")
        let cores = reader.integer("cores")
        let threads = reader.integer("threads")
        guard let count else { return nil }
        if sockets == nil, cores == nil, threads == nil { return ProcessorConfiguration(count: count) }
        return ProcessorConfiguration(
            count: count,
            topology: ProcessorTopology(count: count, sockets: sockets, cores: cores, threads: threads))
    }
}

extension MemoryConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> MemoryConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["byteCount", "mergeable", "hugePages"])
        let byteCount = reader.required("byteCount", "the size in bytes", reader.unsigned)
        let mergeable = reader.bool("mergeable") ?? false
        let hugePages = reader.bool("hugePages") ?? false
        return byteCount.map { MemoryConfiguration(byteCount: $0, mergeable: mergeable, hugePages: hugePages) }
    }
}

extension BootConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> BootConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["kernel", "initrd", "commandLine", "firmware"])
        let firmware = reader.nested("firmware", FirmwareConfiguration.read)
        let kernel: Resource? =
            if reader.has("firmware") {
                reader.resource("kernel")
            } else {
                reader.required("kernel", "the path of the kernel's image, or a firmware", reader.resource)
            }
        var boot = BootConfiguration(
            kernel: kernel ?? .path(""), initrd: reader.resource("initrd"),
            commandLine: reader.string("commandLine") ?? "")
        boot.kernel = kernel
        boot.firmware = firmware
        return kernel == nil && firmware == nil ? nil : boot
    }
}

extension FirmwareConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> FirmwareConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["kind", "image", "variables"])
        let kind = reader.required("kind", "bios, uefi or image") { reader.word($0, Kind.self) }
        let image = reader.resource("image")
        let variables = reader.resource("variables")
        return kind.map { FirmwareConfiguration(kind: $0, image: image, variables: variables) }
    }
}

extension ChannelConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> ChannelConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        reader.allow(["name", "socket"])
        let name = reader.required("name", "a name such as \"org.qemu.guest_agent.0\"", reader.string)
        let socket = reader.required("socket", "the path of a Unix socket", reader.resource)
        guard let name, let socket else { return nil }
        return ChannelConfiguration(name: name, socket: socket)
    }
}
