// SPDX-License-Identifier: Apache-2.0

/// A server's side of the negotiation ("NBD protocol", "Fixed newstyle negotiation"), without I/O: it takes bytes from
/// one buffer and appends its answers to another.
package struct ServerNegotiation {
    /// Whether clients speak TLS.
    package enum Security: Sendable {
        case none
        /// Nothing but the start of TLS is answered before it.
        case required
        /// TLS has been started.
        case established
    }

    package enum Step: Equatable {
        /// There must be at least so many bytes in the buffer before it goes on.
        case needsInput(atLeast: Int)
        /// An option was answered.
        case answered
        /// The answer is to be sent; everything after it is TLS. Go on with a new negotiation that `isGreeted`.
        case startTLS
        /// The answer is to be sent; what follows are requests.
        case transmission(AgreedExport)
        /// The answer is to be sent, and the connection closed.
        case end
    }

    let offers: [ExportOffer]
    let security: Security
    private var hasFlags = false
    private var leavesZeroesOut = false
    private var optionCount = 0
    var isStructured = false
    /// The contexts that were asked for, and the export that they belong to.
    var chosen: (export: Int, contexts: [Int])?

    package init(offers: [ExportOffer], security: Security) {
        self.offers = offers
        self.security = security
    }

    /// Goes on under TLS with a client that has been greeted; nothing else that was agreed on counts any more.
    package func secured() -> ServerNegotiation {
        var next = ServerNegotiation(offers: offers, security: .established)
        next.hasFlags = true
        next.leavesZeroesOut = leavesZeroesOut
        next.optionCount = optionCount
        return next
    }

    /// The first words.
    package func greet(_ output: StreamBuffer) {
        output.append(NBDMagic.greeting)
        output.append(NBDMagic.option)
        output.append(UInt16(truncatingIfNeeded: Self.offered.rawValue))
    }

    private static let offered: NBDHandshakeFlags = [.fixedNewstyle, .noZeroes]
    private static let optionHeaderByteCount = 16

    /// Takes one message, if it is there whole.
    package mutating func next(_ input: StreamBuffer, _ output: StreamBuffer) throws(NBDError) -> Step {
        guard hasFlags else { return try takeFlags(input) }
        guard input.count >= Self.optionHeaderByteCount else {
            return .needsInput(atLeast: Self.optionHeaderByteCount)
        }
        guard input.number(UInt64.self, at: 0) == NBDMagic.option else {
            throw .violation("an option does not begin with IHAVEOPT")
        }
        let code: UInt32 = input.number(at: 8)
        let length: UInt32 = input.number(at: 12)
        guard length <= NBDLimits.maximumOptionLength else {
            reply(.tooBig, to: code, "an option has at most \(NBDLimits.maximumOptionLength) bytes", output)
            return .end
        }
        let end = Self.optionHeaderByteCount + Int(length)
        guard input.count >= end else { return .needsInput(atLeast: end) }
        optionCount += 1
        guard optionCount <= NBDLimits.maximumOptionCount else {
            throw .violation("a client sends at most \(NBDLimits.maximumOptionCount) options")
        }
        let data = WireReader(input.bytes(Self.optionHeaderByteCount..<end))
        input.dropFirst(end)
        let step = try take(code, data, output)
        if step == .startTLS, !input.isEmpty { throw .violation("something was sent before TLS was agreed on") }
        return step
    }

    private mutating func takeFlags(_ input: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= 4 else { return .needsInput(atLeast: 4) }
        let flags = NBDHandshakeFlags(rawValue: input.number(at: 0))
        input.dropFirst(4)
        guard flags.subtracting(Self.offered).isEmpty else {
            throw .violation("client flags \(flags.rawValue), of which not all were offered")
        }
        leavesZeroesOut = flags.contains(.noZeroes)
        hasFlags = true
        return .answered
    }

    private mutating func take(_ code: UInt32, _ data: WireReader, _ output: StreamBuffer) throws(NBDError) -> Step {
        let option = NBDOption(rawValue: code)
        if security == .required, option != .startTLS, option != .abort {
            guard option != .exportName else { throw .violation("an export was asked for without TLS") }
            reply(.tlsRequired, to: code, "this server speaks TLS alone", output)
            return .answered
        }
        switch option {
        case .exportName: return try takeExportName(data, output)
        case .abort:
            reply(.acknowledged, to: code, output)
            return .end
        case .list: list(data, output)
        case .startTLS: return startTLS(data, output)
        case .info, .go: return takeInformation(code, data, output)
        case .structuredReply:
            guard data.isAtEnd else { return refuse(code, "structured replies take no data", output) }
            isStructured = true
            reply(.acknowledged, to: code, output)
        case .listMetaContext, .setMetaContext: takeContexts(code, data, output)
        case nil: reply(.unsupported, to: code, "this server does not know option \(code)", output)
        }
        return .answered
    }

    private func startTLS(_ data: WireReader, _ output: StreamBuffer) -> Step {
        let code = NBDOption.startTLS.rawValue
        guard data.isAtEnd else { return refuse(code, "TLS takes no data", output) }
        switch security {
        case .none: reply(.policy, to: code, "this server does not speak TLS", output)
        case .established: return refuse(code, "TLS is spoken already", output)
        case .required:
            reply(.acknowledged, to: code, output)
            return .startTLS
        }
        return .answered
    }

    private func list(_ data: WireReader, _ output: StreamBuffer) {
        let code = NBDOption.list.rawValue
        guard data.isAtEnd else {
            _ = refuse(code, "a list takes no data", output)
            return
        }
        for offer in offers {
            let name = Array(offer.name.utf8)
            var bytes: [UInt8] = []
            bytes.append(bigEndian: UInt32(name.count))
            reply(.server, to: code, data: bytes + name + Array(offer.description.utf8), output)
        }
        reply(.acknowledged, to: code, output)
    }

    private func takeExportName(_ data: WireReader, _ output: StreamBuffer) throws(NBDError) -> Step {
        guard let index = offers.firstIndex(where: { $0.name.utf8.elementsEqual(data.rest) }) else {
            throw .violation("an export was asked for that is not there")
        }
        output.append(offers[index].byteCount)
        output.append(offers[index].flags(isStructured: isStructured).rawValue)
        if !leavesZeroesOut { output.appendZeroes(124) }
        return .transmission(agreement(on: index))
    }

    func agreement(on index: Int) -> AgreedExport {
        let contexts = chosen.flatMap { $0.export == index ? $0.contexts : nil } ?? []
        return AgreedExport(index: index, isStructured: isStructured, contexts: isStructured ? contexts : [])
    }
}
