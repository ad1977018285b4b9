// SPDX-License-Identifier: Apache-2.0

/// Options that name an export, and what all answers have.
extension ServerNegotiation {
    /// `NBD_OPT_INFO` and `NBD_OPT_GO`.
    func takeInformation(_ code: UInt32, _ data: WireReader, _ output: StreamBuffer) -> Step {
        var data = data
        guard let name = data.takeText(), let count = data.take(UInt16.self), data.count == 2 * Int(count) else {
            return refuse(code, "the option's lengths do not fit its data", output)
        }
        guard let index = offers.firstIndex(where: { $0.name.utf8.elementsEqual(name) }) else {
            reply(.unknown, to: code, "there is no such export", output)
            return .answered
        }
        var wanted: Set<UInt16> = []
        while let kind = data.take(UInt16.self) { wanted.insert(kind) }
        let offer = offers[index]
        if wanted.contains(NBDInformation.name.rawValue) {
            tell(.name, Array(offer.name.utf8), code, output)
        }
        if wanted.contains(NBDInformation.description.rawValue), !offer.description.isEmpty {
            tell(.description, Array(offer.description.utf8), code, output)
        }
        var sizes: [UInt8] = []
        sizes.append(bigEndian: UInt32(1))
        sizes.append(bigEndian: ExportOffer.preferredBlock)
        sizes.append(bigEndian: NBDLimits.maximumPayload)
        tell(.blockSize, sizes, code, output)
        var export: [UInt8] = []
        export.append(bigEndian: offer.byteCount)
        export.append(bigEndian: offer.flags(isStructured: isStructured).rawValue)
        tell(.export, export, code, output)
        reply(.acknowledged, to: code, output)
        return code == NBDOption.go.rawValue ? .transmission(agreement(on: index)) : .answered
    }

    /// `NBD_OPT_LIST_META_CONTEXT` and `NBD_OPT_SET_META_CONTEXT`.
    mutating func takeContexts(_ code: UInt32, _ data: WireReader, _ output: StreamBuffer) {
        let isListing = code == NBDOption.listMetaContext.rawValue
        if !isListing { chosen = nil }
        var data = data
        guard isStructured else {
            _ = refuse(code, "contexts need structured replies", output)
            return
        }
        guard let name = data.takeText(), let count = data.take(UInt32.self), let queries = data.takeTexts(count),
            data.isAtEnd
        else {
            _ = refuse(code, "the option's lengths do not fit its data", output)
            return
        }
        guard let index = offers.firstIndex(where: { $0.name.utf8.elementsEqual(name) }) else {
            reply(.unknown, to: code, "there is no such export", output)
            return
        }
        let offer = offers[index]
        var found: Set<Int> = isListing && queries.isEmpty ? Set(offer.contexts.indices) : []
        for query in queries {
            found.formUnion(offer.contexts(matching: String(decoding: query, as: UTF8.self), isListing: isListing))
        }
        let contexts = found.sorted()
        for context in contexts {
            var bytes: [UInt8] = []
            bytes.append(bigEndian: isListing ? 0 : UInt32(context + 1))
            reply(.metaContext, to: code, data: bytes + Array(offer.contexts[context].utf8), output)
        }
        if !isListing { chosen = (index, contexts) }
        reply(.acknowledged, to: code, output)
    }

    private func tell(_ information: NBDInformation, _ data: [UInt8], _ code: UInt32, _ output: StreamBuffer) {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: information.rawValue)
        reply(.info, to: code, data: bytes + data, output)
    }

    func refuse(_ code: UInt32, _ sentence: String, _ output: StreamBuffer) -> Step {
        reply(.invalid, to: code, sentence, output)
        return .answered
    }

    func reply(_ kind: NBDOptionReply, to code: UInt32, _ sentence: String, _ output: StreamBuffer) {
        reply(kind, to: code, data: Array(sentence.utf8), output)
    }

    func reply(_ kind: NBDOptionReply, to code: UInt32, data: [UInt8] = [], _ output: StreamBuffer) {
        output.append(NBDMagic.optionReply)
        output.append(code)
        output.append(kind.rawValue)
        output.append(UInt32(data.count))
        output.append(data)
    }
}
