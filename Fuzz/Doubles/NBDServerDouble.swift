// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import NBD

/// A server of one small disk without sockets.
final class NBDServerDouble {
    let node: MemoryNode
    private(set) var answers: [UInt8] = []
    private let export: NBDExport
    private var negotiation: ServerNegotiation
    private var requests: (reader: RequestReader, performer: RequestPerformer)?
    private let input = StreamBuffer(capacity: 16)
    private let output = StreamBuffer(capacity: 16)
    private var ending: String?

    init(_ contents: [UInt8], isReadOnly: Bool, isSecure: Bool) {
        node = MemoryNode(contents, isReadOnly: isReadOnly)
        var settings = NBDExport.Settings()
        settings.name = "disk"
        export = NBDExport(node, settings, bitmaps: [("b", Stripes())])
        negotiation = ServerNegotiation(offers: [export.offer], security: isSecure ? .required : .none)
    }

    /// Takes some bytes; returns why the connection has ended, where it has.
    func take(_ bytes: ArraySlice<UInt8>) -> String? {
        if let ending { return ending }
        input.append(Array(bytes))
        do throws(NBDError) {
            while ending == nil, try step() {}
        } catch {
            ending = "\(error)"
        }
        answers += output.bytes(0..<output.count)
        output.removeAll()
        return ending
    }

    private func step() throws(NBDError) -> Bool {
        guard let (reader, performer) = requests else { return try negotiate() }
        switch try reader.next(input) {
        case .needsInput(let count):
            if count <= input.count { ending = "it needs bytes that are there" }
            return false
        case .disconnected: ending = "good-bye"
        case .refused(let cookie, let code, let sentence): performer.refuse(cookie: cookie, code, sentence, output)
        case .request(let request):
            if request.command != .read || !performer.readResident(request, output) {
                performer.perform(request, payload: input, output)
            }
            input.dropFirst(request.payloadByteCount)
        }
        return true
    }

    private func negotiate() throws(NBDError) -> Bool {
        switch try negotiation.next(input, output) {
        case .answered: return true
        case .needsInput(let count):
            if count <= input.count { ending = "it needs bytes that are there" }
            return false
        case .startTLS: negotiation = negotiation.secured()
        case .transmission(let agreement):
            requests = (
                RequestReader(offer: export.offer, agreement: agreement), RequestPerformer(export, agreement)
            )
        case .end: ending = "end"
        }
        return true
    }

    /// Every second block of 512 bytes is dirty.
    private final class Stripes: DirtyMap {
        func dirtyExtent(at offset: UInt64, limit: UInt64) throws(BlockError) -> (range: Range<UInt64>, isDirty: Bool) {
            (offset..<min(limit, (offset / 512 + 1) * 512), (offset / 512).isMultiple(of: 2))
        }
    }
}
