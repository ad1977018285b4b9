// SPDX-License-Identifier: Apache-2.0
package import JSON

extension MachineConfiguration {
    /// The longest document that is read, in bytes: 256 KiB.
    package static let maximumDocumentByteCount = 256 << 10

    /// Reads a document and validates what it says: all that a program needs to do before it acts on it.
    ///
    /// - Parameters:
    ///   - document: JSON in UTF-8, of at most `maximumDocumentByteCount` bytes without the blanks around it.
    ///   - audience: Who is going to act on it.
    package init(document: [UInt8], for audience: ConfigurationAudience) throws(ConfigurationErrors) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: document, maximumByteCount: Self.maximumDocumentByteCount)
        } catch {
            throw ConfigurationErrors([
                ConfigurationError(
                    .syntax, "configuration", found: "it is not JSON: \(error)", remedy: "correct the text there")
            ])
        }
        try self.init(json: json)
        try validate(for: audience)
    }

    /// Reads a document without validating what it says.
    ///
    /// - Throws: All unknown keys, missing keys and wrong types.
    package init(json: JSONValue) throws(ConfigurationErrors) {
        let mistakes = MistakeList()
        let machine = ObjectReader(json, at: "", mistakes).flatMap { Self.read($0) }
        guard mistakes.errors.isEmpty, let machine else { throw ConfigurationErrors(mistakes.errors) }
        self = machine
    }

    private static let keys = [
        "name", "processors", "memory", "boot", "disks", "imageFolders", "networks", "console", "channels", "shares",
        "monitor",
        "debugExit", "entropy", "panicDevice", "balloon", "fileSystems", "kvm", "seed",
    ]

    private static func readFolder(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> String? {
        if let path = value.text { return path }
        mistakes.report(.wrongType, place, found: value.kindName, remedy: "write the path of a folder")
        return nil
    }

    private static func read(_ reader: ObjectReader) -> MachineConfiguration? {
        reader.allow(keys)
        let name = reader.string("name")
        let processors = reader.nested("processors", ProcessorConfiguration.read)
        let memory = reader.nested("memory", MemoryConfiguration.read)
        let boot = reader.required("boot", "{\"kernel\": \"PATH\"} or {\"firmware\": {\"kind\": \"bios\"}}") {
            reader.nested($0, BootConfiguration.read)
        }
        let disks = reader.array("disks", DiskConfiguration.read)
        let imageFolders = reader.array("imageFolders", readFolder)
        let networks = reader.array("networks", NetworkConfiguration.read)
        let console = reader.nested("console", ConsoleConfiguration.read)
        let channels = reader.array("channels", ChannelConfiguration.read)
        let shares = reader.array("shares", ShareConfiguration.read)
        let monitor = reader.resource("monitor")
        let debugExit = reader.bool("debugExit") ?? false
        let entropy = reader.bool("entropy") ?? true
        let panicDevice = reader.bool("panicDevice") ?? true
        let balloon = reader.nested("balloon", BalloonConfiguration.read)
        let fileSystems = reader.array("fileSystems", FileSystemConfiguration.read)
        let kvm = reader.resource("kvm")
        let seed = reader.nested("seed", SeedConfiguration.read)
        guard let boot else { return nil }
        return MachineConfiguration(
            name: name ?? defaultName, processors: processors ?? .init(), memory: memory ?? .init(), boot: boot,
            disks: disks, imageFolders: imageFolders, networks: networks, console: console ?? .terminal,
            channels: channels, shares: shares, monitor: monitor, debugExit: debugExit, entropy: entropy,
            panicDevice: panicDevice, balloon: balloon, fileSystems: fileSystems, kvm: kvm, seed: seed)
    }
}
