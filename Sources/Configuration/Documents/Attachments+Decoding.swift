// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The word that says what a network card is connected to.
enum NetworkKind: String, CaseIterable {
    case tap, user, none
}

/// The word that says where the console leads.
enum ConsoleKind: String, CaseIterable {
    case terminal, streams, file, socket
}

extension NetworkConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> NetworkConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        let kind = reader.required("kind", "\"tap\", \"user\" or \"none\"") { reader.word($0, NetworkKind.self) }
        guard let kind else { return nil }
        let mac = readMAC(reader)
        let queueCount = reader.integer("queueCount") ?? 1
        let mtu = reader.integer("mtu")
        let processors = readProcessors(reader)
        guard let attachment = readAttachment(kind, reader) else { return nil }
        var network = NetworkConfiguration(attachment: attachment, mac: mac)
        network.queueCount = queueCount
        network.mtu = mtu
        network.processors = processors
        network.vhost = reader.bool("vhost") ?? false
        network.vhostDescriptors = reader.array("vhostDescriptors") { readDescriptor($0, at: $1, $2) }
        network.startEvent = reader.descriptor("startEvent")
        return network
    }

    private static func readProcessors(_ reader: ObjectReader) -> NetworkProcessors? {
        guard let text = reader.string("processors") else { return nil }
        if let processors = NetworkProcessors(text) { return processors }
        reader.report(.invalidValue, "processors", found: quoted(text), remedy: NetworkProcessors.remedy)
        return nil
    }

    private static let commonKeys = ["kind", "mac", "mtu", "processors", "startEvent"]

    private static func readMAC(_ reader: ObjectReader) -> MACAddress? {
        guard let text = reader.string("mac") else { return nil }
        if let mac = MACAddress(text) { return mac }
        reader.report(.invalidValue, "mac", found: quoted(text), remedy: MACAddress.remedy)
        return nil
    }

    private static func readAttachment(_ kind: NetworkKind, _ reader: ObjectReader) -> NetworkAttachment? {
        switch kind {
        case .tap:
            reader.allow(commonKeys + ["name", "descriptors", "queueCount", "vhost", "vhostDescriptors"])
            let descriptors = reader.array("descriptors") { readDescriptor($0, at: $1, $2) }
            let name = reader.required("name", "the name of a TAP interface", reader.string)
            return name.map { .tap(name: $0, descriptors: descriptors) }
        case .user:
            reader.allow(commonKeys + ["descriptor"])
            return .user(descriptor: reader.descriptor("descriptor"))
        case .none:
            reader.allow(commonKeys)
            return NetworkAttachment.none
        }
    }

    private static func readDescriptor(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> Int32? {
        if let number = value.integerValue.flatMap({ Int32(exactly: $0) }) { return number }
        mistakes.report(.wrongType, place, found: value.kindName, remedy: "write the number of a descriptor")
        return nil
    }
}

extension MACAddress {
    static let remedy = "write six pairs of hexadecimal digits, such as 52:54:00:12:34:56"
}

extension ConsoleConfiguration {
    static func read(_ value: JSONValue, at place: String, _ mistakes: MistakeList) -> ConsoleConfiguration? {
        guard let reader = ObjectReader(value, at: place, mistakes) else { return nil }
        let example = "\"terminal\", \"streams\", \"file\" or \"socket\""
        switch reader.required("kind", example, { reader.word($0, ConsoleKind.self) }) {
        case nil: return nil
        case .terminal:
            reader.allow(["kind"])
            return .terminal
        case .streams:
            reader.allow(["kind", "input", "output"])
            let input = reader.descriptor("input")
            let output = reader.required("output", "the number of a descriptor", reader.descriptor)
            return output.map { .streams(input: input, output: $0) }
        case .file:
            reader.allow(["kind", "file"])
            return reader.required("file", "the path of a file", reader.resource).map { .file($0) }
        case .socket:
            reader.allow(["kind", "socket"])
            return reader.required("socket", "the path of a Unix socket", reader.resource).map { .socket($0) }
        }
    }
}
