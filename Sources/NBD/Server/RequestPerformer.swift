// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Carries requests out on an export and writes their answers, whole. Any thread.
package struct RequestPerformer: Sendable {
    package let export: NBDExport
    let writer: ReplyWriter
    /// The contexts that were agreed on.
    let contexts: [Int]

    package init(_ export: NBDExport, _ agreement: AgreedExport) {
        self.export = export
        writer = ReplyWriter(isStructured: agreement.isStructured)
        contexts = agreement.contexts
    }

    /// From this length on holes are told instead of being sent, in bytes.
    private static let sparseByteCount: UInt32 = 32 << 10
    /// After so many the rest of a read comes in one chunk.
    private static let maximumChunkCount = 64

    /// Carries out a request that `RequestReader` found right.
    ///
    /// - Parameter payload: Begins with the request's payload, which is left there.
    package func perform(_ request: NBDRequest, payload: StreamBuffer?, _ output: StreamBuffer) {
        let mark = output.count
        do throws(BlockError) {
            switch request.command {
            case .read: return try read(request, output)
            case .blockStatus: return try tellStatus(request, output)
            case .write: try write(request, payload)
            case .flush: try export.flush()
            case .trim: try export.using { node throws(BlockError) in try node.discard(request.range) }
            case .writeZeroes:
                guard try writeZeroes(request) else {
                    return writer.fail(
                        cookie: request.cookie, .notSupported, "these zeros would have to be written", output)
                }
            case .cache: try cache(request)
            case .disconnect: return
            }
            if request.command != .flush, request.flags.contains(.forceUnitAccess) { try export.flush() }
            writer.acknowledge(request, output)
        } catch {
            fail(request, error, from: mark, output)
        }
    }

    /// Answers a read if that needs no wait for storage; false, and nothing, where it does.
    package func readResident(_ request: NBDRequest, _ output: StreamBuffer) -> Bool {
        if isSparse(request) { return false }
        let mark = output.count
        appendHeader(request, output)
        do throws(BlockError) {
            var isResident = false
            try output.append(count: Int(request.length)) { span throws(BlockError) in
                isResident = try export.readResident(into: &span, at: request.offset)
            }
            if !isResident { output.truncate(to: mark) }
            return isResident
        } catch {
            fail(request, error, from: mark, output)
            return true
        }
    }

    /// Answers a request that was refused before it came here.
    package func refuse(cookie: UInt64, _ code: NBDErrorCode, _ sentence: String, _ output: StreamBuffer) {
        writer.fail(cookie: cookie, code, sentence, output)
    }

    /// Answers with an error in the place of what was written from `mark` on.
    func fail(_ request: NBDRequest, _ error: BlockError, from mark: Int, _ output: StreamBuffer) {
        output.truncate(to: mark)
        writer.fail(cookie: request.cookie, NBDErrorCode(error), "\(error)", output)
    }

    private func isSparse(_ request: NBDRequest) -> Bool {
        writer.isStructured && request.length >= Self.sparseByteCount && !request.flags.contains(.dontFragment)
    }

    private func appendHeader(_ request: NBDRequest, _ output: StreamBuffer) {
        writer.reserve(Int(request.length), output)
        guard writer.isStructured else { return writer.simple(0, request.cookie, output) }
        if request.length == 0 { return writer.acknowledge(request, output) }
        writer.chunk(.offsetData, request.cookie, length: request.length + 8, isLast: true, output)
        output.append(request.offset)
    }

    private func read(_ request: NBDRequest, _ output: StreamBuffer) throws(BlockError) {
        if isSparse(request) { return try readSparse(request, output) }
        appendHeader(request, output)
        try output.append(count: Int(request.length)) { span throws(BlockError) in
            try export.read(into: &span, at: request.offset)
        }
    }

    /// A chunk for each hole and each range of data.
    private func readSparse(_ request: NBDRequest, _ output: StreamBuffer) throws(BlockError) {
        writer.reserve(Int(request.length), output)
        let range = request.range
        var (offset, chunks) = (range.lowerBound, 0)
        while offset < range.upperBound {
            let (position, tellsHoles) = (offset, chunks < Self.maximumChunkCount)
            let (end, isZero) =
                tellsHoles ? try export.stretch(at: offset, limit: range.upperBound) : (range.upperBound, false)
            let (isLast, count) = (end == range.upperBound, UInt32(end - offset))
            if isZero {
                writer.chunk(.offsetHole, request.cookie, length: 12, isLast: isLast, output)
                output.append(offset)
                output.append(count)
            } else {
                writer.chunk(.offsetData, request.cookie, length: count + 8, isLast: isLast, output)
                output.append(offset)
                try output.append(count: Int(count)) { span throws(BlockError) in
                    try export.read(into: &span, at: position)
                }
            }
            offset = end
            chunks += 1
        }
    }

    private func write(_ request: NBDRequest, _ payload: StreamBuffer?) throws(BlockError) {
        guard let payload else { throw .invalid("a write without its bytes") }
        try payload.withBytes(0..<Int(request.length)) { bytes throws(BlockError) in
            try export.using { node throws(BlockError) in try node.write(bytes, at: request.offset) }
        }
    }

    private func writeZeroes(_ request: NBDRequest) throws(BlockError) -> Bool {
        let mayUnmap = !request.flags.contains(.noHole)
        return try export.using { node throws(BlockError) in
            if request.flags.contains(.fastZero) {
                guard let node = node as? any FastZeroing else { return false }
                return try node.writeZeroesFast(request.range, mayUnmap: mayUnmap)
            }
            try node.writeZeroes(request.range, mayUnmap: mayUnmap)
            return true
        }
    }

    /// Has the range read into the host's cache.
    private func cache(_ request: NBDRequest) throws(BlockError) {
        let buffer = StreamBuffer(capacity: 256 << 10)
        var offset = request.offset
        while offset < request.range.upperBound {
            let (position, count) = (offset, min(request.range.upperBound - offset, 256 << 10))
            try buffer.append(count: Int(count)) { span throws(BlockError) in
                try export.read(into: &span, at: position)
            }
            buffer.removeAll()
            offset += count
        }
    }
}
