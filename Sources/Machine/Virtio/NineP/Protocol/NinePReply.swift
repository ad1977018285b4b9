// SPDX-License-Identifier: Apache-2.0

/// What a request is answered with, beside the bytes of a file, which go to the guest without a copy.
enum NinePReply: Equatable, Sendable {
    case empty
    case version(messageSize: UInt32, version: [UInt8])
    case qid(NinePQid)
    case opened(NinePQid)
    case walked([NinePQid])
    case target([UInt8])
    case attributes(NinePQid, NinePFileAttributes)
    case byteCount(UInt64)
    case written(UInt32)
    case entries([UInt8])
    case fileSystem(NinePFileSystem)
    case locked
    case lock(NinePLock)

    /// The message for a request of this type and tag.
    func message(to type: NinePMessageType, tag: UInt16) -> [UInt8] {
        var writer = NinePWriter(type: type.reply, tag: tag)
        switch self {
        case .empty: break
        case .version(let messageSize, let version):
            writer.append(messageSize)
            writer.append(text: version)
        case .qid(let qid): writer.append(qid)
        case .opened(let qid):
            writer.append(qid)
            // The size of one transfer: as much as a message holds.
            writer.append(UInt32(0))
        case .walked(let qids):
            writer.append(UInt16(truncatingIfNeeded: qids.count))
            for qid in qids { writer.append(qid) }
        case .target(let target): writer.append(text: target)
        case .attributes(let qid, let attributes): attributes.append(to: &writer, qid)
        case .byteCount(let count): writer.append(count)
        case .written(let count): writer.append(count)
        case .entries(let entries):
            writer.append(UInt32(truncatingIfNeeded: entries.count))
            writer.append(raw: entries)
        case .fileSystem(let system): system.append(to: &writer)
        case .locked: writer.append(UInt8(0))
        case .lock(let lock):
            writer.append(lock.type)
            writer.append(lock.start)
            writer.append(lock.byteCount)
            writer.append(lock.process)
            writer.append(text: lock.client)
        }
        return writer.message()
    }

    /// The message that refuses a request (Rlerror); 11 bytes.
    static func refusal(_ error: NinePError, tag: UInt16) -> [UInt8] {
        var writer = NinePWriter(type: NinePMessageType.errorReply, tag: tag)
        writer.append(UInt32(truncatingIfNeeded: error.code))
        return writer.message()
    }
}
