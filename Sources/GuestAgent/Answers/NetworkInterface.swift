// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A card of the guest's, as its agent sees it. All of it is the guest's word, made printable.
package struct NetworkInterface: Equatable, Sendable {
    package let name: String
    package let hardwareAddress: String?
    /// With the length of their prefixes, such as `10.0.2.15/24`.
    package let addresses: [String]

    /// Reads the answer to `guest-network-get-interfaces`; `nil` where it is none.
    package static func list(of answer: JSONValue) -> [NetworkInterface]? {
        guard let elements = answer.elements else { return nil }
        var list: [NetworkInterface] = []
        for element in elements {
            guard let name = element["name"]?.text else { return nil }
            list.append(
                NetworkInterface(
                    name: Printable.text(name),
                    hardwareAddress: element["hardware-address"]?.text.map(Printable.text),
                    addresses: (element["ip-addresses"]?.elements ?? []).compactMap(address)))
        }
        return list
    }

    private static func address(_ value: JSONValue) -> String? {
        guard let address = value["ip-address"]?.text else { return nil }
        let prefix = value["prefix"]?.unsignedValue.map { "/\($0)" } ?? ""
        return Printable.text(address) + prefix
    }
}
