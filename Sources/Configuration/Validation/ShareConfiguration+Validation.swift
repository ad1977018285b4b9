// SPDX-License-Identifier: Apache-2.0

extension ShareConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.length(of: tag, in: 1...Self.maximumTagByteCount, at: "\(place).tag")
        let isForbidden = { (byte: UInt8) in
            !(0x21...0x7E).contains(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=")
        }
        if tag.utf8.contains(where: isForbidden) {
            inspection.report(
                .invalidValue, "\(place).tag", found: "\(quoted(tag))",
                remedy: "use printable ASCII characters without spaces, ',' and '='")
        }
        inspection.once(tag, what: "share tag", at: "\(place).tag")
        inspection.file(source, at: "\(place).source")
        if owners == nil, inspection.audience == .machine {
            inspection.report(
                .missing, "\(place).owners", found: "it is not given",
                remedy: "write \"passthrough\", \"mapped\" or \"squash\"")
        }
    }
}
