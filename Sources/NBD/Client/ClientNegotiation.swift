// SPDX-License-Identifier: Apache-2.0

/// A client's side of the negotiation ("NBD protocol", "Fixed newstyle negotiation"), without I/O: it takes bytes from
/// one buffer and appends what it has to say to another.
package struct ClientNegotiation {
    package enum Step: Equatable {
        /// What is in the other buffer is to be sent; there must be at least so many bytes before it goes on.
        case needsInput(atLeast: Int)
        /// A message was taken.
        case taken
        /// Everything from now on is TLS.
        case startTLS
        /// What follows are requests.
        case ready(ServedExport)
    }

    /// What is waited for.
    private enum State: Equatable {
        case greeting, startTLS, structuredReply, contexts, go, exportName
    }

    private let exportName: [UInt8]
    private let wantedContexts: [String]
    private let wantsTLS: Bool
    private var state = State.greeting
    private var leavesZeroesOut = false
    private var isFixed = true
    private var export = ServedExport()
    private var hasExport = false
    private var messageCount = 0

    /// - Parameters:
    ///   - contexts: The metadata contexts that are asked for.
    ///   - wantsTLS: Whether nothing is said before TLS.
    package init(exportName: String, contexts: [String], wantsTLS: Bool) {
        self.exportName = Array(exportName.utf8)
        wantedContexts = contexts
        self.wantsTLS = wantsTLS
    }

    /// Takes one message of the server, if it is there whole.
    package mutating func next(_ input: StreamBuffer, _ output: StreamBuffer) throws(NBDError) -> Step {
        messageCount += 1
        guard messageCount <= NBDLimits.maximumOptionCount else {
            throw .violation("a negotiation of more than \(NBDLimits.maximumOptionCount) messages")
        }
        switch state {
        case .greeting: return try takeGreeting(input, output)
        case .exportName: return try takeOldAnswer(input)
        case .startTLS, .structuredReply, .contexts, .go: return try takeReply(input, output)
        }
    }

    /// Goes on under TLS.
    package mutating func secured(_ output: StreamBuffer) { ask(.structuredReply, output) }

    private mutating func takeGreeting(_ input: StreamBuffer, _ output: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= 18 else { return .needsInput(atLeast: 18) }
        guard input.number(UInt64.self, at: 0) == NBDMagic.greeting else {
            throw .violation("what answers is no NBD server")
        }
        guard input.number(UInt64.self, at: 8) == NBDMagic.option else {
            throw .violation("the server speaks the protocol of before 2011 (oldstyle)")
        }
        let flags = NBDHandshakeFlags(rawValue: UInt32(input.number(UInt16.self, at: 16)))
        input.dropFirst(18)
        isFixed = flags.contains(.fixedNewstyle)
        leavesZeroesOut = flags.contains(.noZeroes)
        output.append(flags.intersection([.fixedNewstyle, .noZeroes]).rawValue)
        guard isFixed else {
            guard !wantsTLS else { throw .refused("the server knows no TLS") }
            return askByName(output)
        }
        ask(wantsTLS ? .startTLS : .structuredReply, output)
        return .taken
    }

    private mutating func ask(_ next: State, _ output: StreamBuffer) {
        state = next
        switch next {
        case .startTLS: option(.startTLS, [], output)
        case .structuredReply: option(.structuredReply, [], output)
        case .contexts:
            var data = Self.counted(exportName)
            data.append(bigEndian: UInt32(wantedContexts.count))
            for context in wantedContexts { data += Self.counted(Array(context.utf8)) }
            option(.setMetaContext, data, output)
        case .go:
            var data = Self.counted(exportName)
            data.append(bigEndian: UInt16(1))
            data.append(bigEndian: NBDInformation.blockSize.rawValue)
            option(.go, data, output)
        case .exportName: option(.exportName, exportName, output)
        case .greeting: break
        }
    }

    private mutating func askByName(_ output: StreamBuffer) -> Step {
        ask(.exportName, output)
        return .taken
    }

    private func option(_ option: NBDOption, _ data: [UInt8], _ output: StreamBuffer) {
        output.append(NBDMagic.option)
        output.append(option.rawValue)
        output.append(UInt32(data.count))
        output.append(data)
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.append(bigEndian: UInt32(bytes.count))
        return result + bytes
    }

    /// The answer to `NBD_OPT_EXPORT_NAME`, which has no header; a server that has no such export closes.
    private mutating func takeOldAnswer(_ input: StreamBuffer) throws(NBDError) -> Step {
        let count = leavesZeroesOut ? 10 : 134
        guard input.count >= count else { return .needsInput(atLeast: count) }
        export.byteCount = input.number(at: 0)
        export.flags = NBDTransmissionFlags(rawValue: input.number(at: 8))
        input.dropFirst(count)
        return try .ready(checked())
    }

    private mutating func takeReply(_ input: StreamBuffer, _ output: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= 20 else { return .needsInput(atLeast: 20) }
        guard input.number(UInt64.self, at: 0) == NBDMagic.optionReply else {
            throw .violation("an answer to an option does not begin with its magic number")
        }
        guard input.number(UInt32.self, at: 8) == expectedOption.rawValue else {
            throw .violation("an answer to an option that was not asked for")
        }
        let (kind, length) = (input.number(UInt32.self, at: 12), Int(input.number(UInt32.self, at: 16)))
        guard length <= NBDLimits.maximumOptionLength else { throw .violation("an answer of \(length) bytes") }
        guard input.count >= 20 + length else { return .needsInput(atLeast: 20 + length) }
        let data = WireReader(input.bytes(20..<20 + length))
        input.dropFirst(20 + length)
        if kind & NBDOptionReply.errorBit != 0 { return try takeRefusal(kind, data, output) }
        switch (NBDOptionReply(rawValue: kind), state) {
        case (.acknowledged, _): return try takeAcknowledgement(input, output)
        case (.info, .go): try takeInformation(data)
        case (.metaContext, .contexts): try takeContext(data)
        default: throw .violation("answer \(kind) does not go with what was asked")
        }
        return .taken
    }

    private var expectedOption: NBDOption {
        switch state {
        case .startTLS: .startTLS
        case .structuredReply: .structuredReply
        case .contexts: .setMetaContext
        case .go, .greeting: .go
        case .exportName: .exportName
        }
    }

    private mutating func takeAcknowledgement(
        _ input: StreamBuffer, _ output: StreamBuffer
    ) throws(NBDError) -> Step {
        switch state {
        case .startTLS:
            guard input.isEmpty else { throw .violation("something was sent before TLS was spoken") }
            return .startTLS
        case .structuredReply:
            export.isStructured = true
            ask(wantedContexts.isEmpty ? .go : .contexts, output)
        case .contexts: ask(.go, output)
        case .go:
            guard hasExport else { throw .violation("the server did not say how large the export is") }
            return try .ready(checked())
        case .greeting, .exportName: break
        }
        return .taken
    }

    private mutating func takeRefusal(
        _ kind: UInt32, _ data: WireReader, _ output: StreamBuffer
    ) throws(NBDError) -> Step {
        let reply = NBDOptionReply(rawValue: kind)
        switch state {
        case .structuredReply where reply != .tlsRequired: ask(.go, output)
        case .contexts where reply != .unknown:
            export.contexts = [:]
            ask(.go, output)
        case .go where reply == .unsupported: return askByName(output)
        default: throw .refused(Self.sentence(reply, words: data.rest))
        }
        return .taken
    }

    private static func sentence(_ reply: NBDOptionReply?, words: ArraySlice<UInt8>) -> String {
        let reason =
            switch reply {
            case .tlsRequired: "it speaks TLS alone"
            case .unknown: "it has no such export"
            case .policy: "its settings do not allow it"
            case .shutdown: "it is about to end"
            case .unsupported: "it does not know what was asked"
            default: "it did not say why"
            }
        // What a server says is shown to people: no control characters.
        let shown = words.prefix(200).filter { $0 >= 0x20 && $0 != 0x7F }
        return reason + (shown.isEmpty ? "" : " ('\(String(decoding: shown, as: UTF8.self))')")
    }

    private mutating func takeInformation(_ data: WireReader) throws(NBDError) {
        var data = data
        guard let kind = data.take(UInt16.self) else { throw .violation("an information without a kind") }
        switch NBDInformation(rawValue: kind) {
        case .export:
            guard let size = data.take(UInt64.self), let flags = data.take(UInt16.self) else {
                throw .violation("an export's information is too short")
            }
            export.byteCount = size
            export.flags = NBDTransmissionFlags(rawValue: flags)
            hasExport = true
        case .blockSize:
            guard let least = data.take(UInt32.self), data.take(UInt32.self) != nil,
                let most = data.take(UInt32.self)
            else { throw .violation("the information on block sizes is too short") }
            guard least > 0, least <= 64 << 10, least.nonzeroBitCount == 1, most >= least else {
                throw .violation("block sizes of \(least) to \(most) bytes")
            }
            export.minimumBlock = least
            export.maximumPayload = min(most, NBDLimits.maximumPayload) & ~(least - 1)
        case .name, .description, nil: break
        }
    }

    private mutating func takeContext(_ data: WireReader) throws(NBDError) {
        var data = data
        guard let id = data.take(UInt32.self) else { throw .violation("a context without an id") }
        let name = String(decoding: data.rest, as: UTF8.self)
        guard wantedContexts.contains(name), export.contexts[name] == nil, !export.contexts.values.contains(id) else {
            throw .violation("a context that was not asked for, or twice")
        }
        export.contexts[name] = id
    }

    private func checked() throws(NBDError) -> ServedExport {
        guard export.byteCount <= UInt64(Int64.max) else {
            throw .violation("an export of \(export.byteCount) bytes")
        }
        return export
    }
}
