// SPDX-License-Identifier: Apache-2.0
internal import CMachine
package import Host

/// Messages as they come and go: requests in buffers that the guest writes at any time, replies into others.
extension NinePServer {
    /// Bytes of the shortest reply that says something: Rlerror.
    package static let leastReplyByteCount = 11

    /// A request's size, type and tag.
    private struct Header {
        let byteCount: Int
        let type: UInt8
        let tag: UInt16
    }

    /// Answers one request and returns how many bytes of `writable` are the reply.
    ///
    /// - Parameters:
    ///   - readable: The request: at least its header, 7 bytes.
    ///   - writable: Room for the reply: at least `leastReplyByteCount`.
    package func answer(_ readable: BufferList, _ writable: BufferList) -> Int {
        let first = readable.prefix(NinePRequest.writeHeaderByteCount)
        let header: Header
        do throws(NinePError) { header = try Self.header(first) } catch { return 0 }
        defer { body.removeAll() }
        do throws(NinePError) {
            return try answer(header, first, readable, writable)
        } catch {
            return writable.fill(NinePReply.refusal(error, tag: header.tag))
        }
    }

    /// The same for messages that lie in memory of this process: `room` is how long the reply may be.
    package func answer(_ request: [UInt8], room: Int) -> [UInt8] {
        var request = request
        var reply = [UInt8](repeating: 0, count: max(room, Self.leastReplyByteCount))
        let readable = BufferList(capacity: 1)
        let writable = BufferList(capacity: 1)
        let count = unsafe request.withUnsafeMutableBytes { source in
            unsafe reply.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, let to = target.baseAddress,
                    unsafe readable.append(from, byteCount: source.count),
                    unsafe writable.append(to, byteCount: target.count)
                else { return 0 }
                return answer(readable, writable)
            }
        }
        return [UInt8](reply.prefix(count))
    }

    private func answer(
        _ header: Header, _ first: [UInt8], _ readable: BufferList, _ writable: BufferList
    ) throws(NinePError) -> Int {
        let limit = messageByteCount > 0 ? Int(messageByteCount) : NinePRequest.maximumByteCount
        guard header.byteCount >= NinePWriter.headerByteCount, header.byteCount <= readable.byteCount,
            header.byteCount <= limit
        else { throw NinePError(EMSGSIZE) }
        if header.type == NinePMessageType.write.rawValue { return try write(header, first, readable, writable) }
        guard header.byteCount <= NinePRequest.maximumByteCount else { throw NinePError(EMSGSIZE) }
        var reader = NinePReader(readable.prefix(header.byteCount), from: NinePWriter.headerByteCount)
        let request = try NinePRequest(type: header.type, fields: &reader)
        if case .read(let fid, let offset, let count) = request {
            return try read(header, fid, offset, count, writable)
        }
        guard let type = NinePMessageType(rawValue: header.type) else { throw NinePError(EOPNOTSUPP) }
        return try send(try answer(request).message(to: type, tag: header.tag), writable)
    }

    /// Lets the file's bytes into the guest's buffers, behind the place of the reply's header.
    private func read(
        _ header: Header, _ fid: UInt32, _ offset: UInt64, _ count: UInt32, _ writable: BufferList
    ) throws(NinePError) -> Int {
        guard messageByteCount > 0 else { throw NinePError(EPROTO) }
        let front = Self.readHeaderByteCount
        let room = min(writable.byteCount, Int(messageByteCount)) - front
        guard body.take(from: writable, droppingFirst: front) else { throw NinePError(EMSGSIZE) }
        body.truncate(to: min(Int(count), room))
        let done = try read(fid, at: offset, into: body)
        var writer = NinePWriter(type: NinePMessageType.read.reply, tag: header.tag)
        writer.append(UInt32(truncatingIfNeeded: done))
        return writable.fill(writer.message(extra: done)) + done
    }

    /// Lets the guest's bytes into the file, from behind the request's header on.
    private func write(
        _ header: Header, _ first: [UInt8], _ readable: BufferList, _ writable: BufferList
    ) throws(NinePError) -> Int {
        guard messageByteCount > 0 else { throw NinePError(EPROTO) }
        var reader = NinePReader(first, from: NinePWriter.headerByteCount)
        guard case .write(let fid, let offset, let count) = try NinePRequest(type: header.type, fields: &reader),
            Int(count) <= header.byteCount - NinePRequest.writeHeaderByteCount
        else { throw NinePError(EPROTO) }
        guard body.take(from: readable, droppingFirst: NinePRequest.writeHeaderByteCount) else {
            throw NinePError(EMSGSIZE)
        }
        body.truncate(to: Int(count))
        let done = try write(fid, at: offset, from: body)
        let reply = NinePReply.written(UInt32(truncatingIfNeeded: done))
        return try send(reply.message(to: .write, tag: header.tag), writable)
    }

    private func send(_ message: [UInt8], _ writable: BufferList) throws(NinePError) -> Int {
        guard message.count <= writable.byteCount else { throw NinePError(EMSGSIZE) }
        return writable.fill(message)
    }

    private static func header(_ bytes: [UInt8]) throws(NinePError) -> Header {
        var reader = NinePReader(bytes)
        return Header(
            byteCount: Int(try reader.integer(UInt32.self)), type: try reader.integer(), tag: try reader.integer())
    }
}
