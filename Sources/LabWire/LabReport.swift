// SPDX-License-Identifier: Apache-2.0

/// What the agent in L1 tells the host.
package enum LabReport: Equatable, Sendable {
    /// The command has been started.
    case started
    /// Nothing reads standard input any more.
    case inputClosed
    /// The command has ended; so many bytes of output and errors precede this on their ports.
    case ended(status: UInt8, outputByteCount: UInt64, errorByteCount: UInt64)
    /// The command cannot be run (126 or 127 as in a shell), or the lab cannot be set up (125).
    case failed(status: UInt8, reason: String)

    package var frame: [UInt8] {
        var writer = PayloadWriter()
        let kind: UInt8
        switch self {
        case .started: kind = 16
        case .inputClosed: kind = 17
        case .ended(let status, let outputByteCount, let errorByteCount):
            kind = 18
            writer.byte(status)
            writer.integer(outputByteCount, byteCount: 8)
            writer.integer(errorByteCount, byteCount: 8)
        case .failed(let status, let reason):
            kind = 19
            writer.byte(status)
            writer.text(reason)
        }
        return FrameReader.frame(kind: kind, payload: writer.bytes)
    }

    package init(kind: UInt8, payload: [UInt8]) throws(WireError) {
        var reader = PayloadReader(payload)
        let report: LabReport?
        switch kind {
        case 16: report = .started
        case 17: report = .inputClosed
        case 18:
            if let status = reader.byte(), let output = reader.integer(byteCount: 8),
                let errors = reader.integer(byteCount: 8)
            {
                report = .ended(status: status, outputByteCount: output, errorByteCount: errors)
            } else {
                report = nil
            }
        case 19:
            if let status = reader.byte(), let reason = reader.text() {
                report = .failed(status: status, reason: reason)
            } else {
                report = nil
            }
        default: throw .unknownKind(kind)
        }
        guard let report, reader.isAtEnd else { throw .malformed(kind: kind) }
        self = report
    }
}
