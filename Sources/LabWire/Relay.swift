// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Carries bytes from one descriptor to another, at most one chunk in hand, so that a slow reader slows the writer.
///
/// The descriptors belong to the caller. One thread uses it, after poll(2) has said which of them is ready.
package struct Relay {
    package let source: Int32
    package let sink: Int32
    private let writeLimit: Int
    private var chunk: [UInt8] = []
    private var written = 0
    /// Bytes that the sink has taken.
    package private(set) var byteCount: UInt64 = 0
    /// Whether the source has nothing more to come.
    package private(set) var hasEnded = false
    /// Whether the sink takes no more.
    package private(set) var isBroken = false

    /// - Parameter writeLimit: The longest single write; 4096 where the sink blocks, since a pipe that poll(2)
    ///   calls writable takes that much without waiting.
    package init(from source: Int32, to sink: Int32, writeLimit: Int = 32 << 10) {
        self.source = source
        self.sink = sink
        self.writeLimit = writeLimit
    }

    /// Whether a chunk is in hand.
    package var isHolding: Bool { written < chunk.count }
    package var wantsSource: Bool { !hasEnded && !isBroken && !isHolding }
    package var wantsSink: Bool { isHolding && !isBroken }
    /// Whether everything that the source had has been delivered, or cannot be.
    package var isFinished: Bool { isBroken || (hasEnded && !isHolding) }

    /// Reads a chunk, passes it through `transform` and writes what the sink takes. False if there was nothing.
    @discardableResult
    package mutating func fill(_ transform: ((ArraySlice<UInt8>) -> [UInt8])? = nil) -> Bool {
        guard wantsSource else { return false }
        let source = source
        var result = 0
        chunk = unsafe [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, count in
            result = unsafe read(source, buffer.baseAddress, 32 << 10)
            count = max(0, result)
        }
        written = 0
        if result < 0 && (errno == EAGAIN || errno == EINTR) { return false }
        // A pseudo-terminal whose other side has closed fails with EIO.
        if result <= 0 { hasEnded = true }
        if let transform, result > 0 { chunk = transform(chunk[...]) }
        drain()
        return result > 0
    }

    /// Writes what the sink takes of the chunk in hand.
    package mutating func drain() {
        while wantsSink {
            let count = min(chunk.count - written, writeLimit)
            let result = unsafe chunk.withUnsafeBytes { buffer in
                unsafe write(sink, buffer.baseAddress.map { unsafe $0 + written }, count)
            }
            if result < 0 {
                if errno != EAGAIN && errno != EINTR { isBroken = true }
                return
            }
            written += result
            byteCount += UInt64(result)
            if writeLimit == 4096 { return }
        }
    }
}
