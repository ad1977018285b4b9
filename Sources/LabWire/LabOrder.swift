// SPDX-License-Identifier: Apache-2.0

/// What the host tells the agent in L1.
package enum LabOrder: Equatable, Sendable {
    /// Run the command; the first order and the only one of its kind.
    case start(Job)
    /// Standard input has ended after `byteCount` bytes.
    case inputEnded(byteCount: UInt64)
    case resize(TerminalSize)
    /// Send a signal to the command, or to its whole process group.
    case signal(number: UInt8, toGroup: Bool)

    package var frame: [UInt8] {
        var writer = PayloadWriter()
        let kind: UInt8
        switch self {
        case .start(let job):
            kind = 1
            job.write(to: &writer)
        case .inputEnded(let byteCount):
            kind = 2
            writer.integer(byteCount, byteCount: 8)
        case .resize(let size):
            kind = 3
            writer.integer(UInt64(size.rows), byteCount: 2)
            writer.integer(UInt64(size.columns), byteCount: 2)
        case .signal(let number, let toGroup):
            kind = 4
            writer.byte(number)
            writer.boolean(toGroup)
        }
        return FrameReader.frame(kind: kind, payload: writer.bytes)
    }

    package init(kind: UInt8, payload: [UInt8]) throws(WireError) {
        var reader = PayloadReader(payload)
        let order: LabOrder?
        switch kind {
        case 1: order = Job(from: &reader).map { .start($0) }
        case 2: order = reader.integer(byteCount: 8).map { .inputEnded(byteCount: $0) }
        case 3:
            if let rows = reader.halfWord(), let columns = reader.halfWord() {
                order = .resize(TerminalSize(rows: rows, columns: columns))
            } else {
                order = nil
            }
        case 4:
            if let number = reader.byte(), let toGroup = reader.boolean() {
                order = .signal(number: number, toGroup: toGroup)
            } else {
                order = nil
            }
        default: throw .unknownKind(kind)
        }
        guard let order, reader.isAtEnd else { throw .malformed(kind: kind) }
        self = order
    }
}
