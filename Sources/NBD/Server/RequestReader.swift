// SPDX-License-Identifier: Apache-2.0

/// Takes requests from a client's bytes and checks each against the export, without I/O.
package struct RequestReader {
    package enum Step: Equatable {
        /// There must be at least so many bytes in the buffer before it goes on.
        case needsInput(atLeast: Int)
        /// The header was taken; the payload, if it has one, is at the front of the buffer, whole.
        case request(NBDRequest)
        /// The header and the payload were taken, and the answer is this error.
        case refused(cookie: UInt64, NBDErrorCode, String)
        /// The client has said good-bye.
        case disconnected
    }

    private let byteCount: UInt64
    private let flags: NBDTransmissionFlags
    private let hasContexts: Bool

    package init(offer: ExportOffer, agreement: AgreedExport) {
        byteCount = offer.byteCount
        flags = offer.flags(isStructured: agreement.isStructured)
        hasContexts = !agreement.contexts.isEmpty
    }

    /// Whether a whole request waits in the buffer.
    package func hasRequest(in input: StreamBuffer) -> Bool {
        guard input.count >= NBDRequest.headerByteCount else { return false }
        guard input.number(UInt16.self, at: 6) == NBDCommand.write.rawValue else { return true }
        return input.count - NBDRequest.headerByteCount >= Int(input.number(UInt32.self, at: 24))
    }

    /// Takes one request, if it is there whole.
    ///
    /// - Throws: What the connection cannot go on after.
    package func next(_ input: StreamBuffer) throws(NBDError) -> Step {
        guard input.count >= NBDRequest.headerByteCount else { return .needsInput(atLeast: NBDRequest.headerByteCount) }
        guard input.number(UInt32.self, at: 0) == NBDMagic.request else {
            throw .violation("a request does not begin with its magic number")
        }
        let commandFlags = NBDCommandFlags(rawValue: input.number(at: 4))
        let kind: UInt16 = input.number(at: 6)
        let cookie: UInt64 = input.number(at: 8)
        let length: UInt32 = input.number(at: 24)
        guard let command = NBDCommand(rawValue: kind) else {
            // What follows the header of an unknown request is unknown too; those that are defined have nothing there.
            input.dropFirst(NBDRequest.headerByteCount)
            return .refused(cookie: cookie, .invalid, "this server does not know request \(kind)")
        }
        let request = NBDRequest(
            command, flags: commandFlags, cookie: cookie, offset: input.number(at: 16), length: length)
        guard command != .write || length <= NBDLimits.maximumPayload else {
            throw .violation("a write has at most \(NBDLimits.maximumPayload) bytes, not \(length)")
        }
        let end = NBDRequest.headerByteCount + request.payloadByteCount
        guard input.count >= end else { return .needsInput(atLeast: end) }
        if command == .disconnect { return .disconnected }
        if let (code, sentence) = problem(request) {
            input.dropFirst(end)
            return .refused(cookie: cookie, code, sentence)
        }
        input.dropFirst(NBDRequest.headerByteCount)
        return .request(request)
    }

    private func problem(_ request: NBDRequest) -> (NBDErrorCode, String)? {
        let command = request.command
        guard request.flags.subtracting(command.allowedFlags).isEmpty else {
            return (.invalid, "flags \(request.flags.rawValue) do not go with this request")
        }
        if request.flags.contains(.dontFragment), !flags.contains(.sendDF) {
            return (.invalid, "an answer in one chunk needs structured replies")
        }
        if command.changesContents, flags.contains(.readOnly) {
            return (.notPermitted, "the export may only be read")
        }
        if command == .flush { return nil }
        if command == .read || command == .cache, request.length > NBDLimits.maximumPayload {
            return (.invalid, "at most \(NBDLimits.maximumPayload) bytes are read at once")
        }
        if command == .blockStatus {
            guard hasContexts else { return (.invalid, "no metadata context was agreed on") }
            guard request.length > 0 else { return (.invalid, "the status of no bytes was asked for") }
        }
        guard request.offset <= byteCount, UInt64(request.length) <= byteCount - request.offset else {
            return (
                command == .write || command == .writeZeroes ? .noSpace : .invalid,
                "the request reaches over the end at byte \(byteCount)"
            )
        }
        return nil
    }
}
