// SPDX-License-Identifier: Apache-2.0

extension ChannelConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.length(of: name, in: 1...Self.maximumNameByteCount, at: "\(place).name")
        if !name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }) {
            inspection.report(
                .invalidValue, "\(place).name", found: "\(quoted(name))",
                remedy: "use printable ASCII characters without spaces and '/'")
        }
        inspection.once(name, what: "channel name", at: "\(place).name")
        inspection.socket(socket, at: "\(place).socket")
    }
}
