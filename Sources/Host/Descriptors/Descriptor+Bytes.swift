// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

extension Descriptor {
    /// Reads at most `capacity` bytes; empty at the end of the file, `nil` where a non-blocking descriptor has none yet.
    package borrowing func read(upTo capacity: Int) throws(SystemCallError) -> [UInt8]? {
        var code: CInt = 0
        let number = borrowed
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let result = retrying { unsafe Glibc.read(number, buffer.baseAddress, capacity) }
            count = max(0, result)
            if result < 0 { code = errno }
        }
        if code == EAGAIN { return nil }
        guard code == 0 else { throw SystemCallError(call: "read", code: code) }
        return bytes
    }

    /// Reads all that is left.
    package borrowing func readToEnd() throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        while let bytes = try read(upTo: 16 << 10), !bytes.isEmpty { result += bytes }
        return result
    }

    /// Reads exactly `count` bytes at `offset`, fewer only where the file ends before.
    package borrowing func read(at offset: UInt64, count: Int) throws(SystemCallError) -> [UInt8] {
        try Self.read(borrowing: borrowed, at: offset, count: count)
    }

    /// The same for a number that somebody else owns, and keeps open meanwhile.
    package static func read(
        borrowing number: CInt, at offset: UInt64, count: Int
    ) throws(SystemCallError) -> [UInt8] {
        var code: CInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let start = unsafe buffer.baseAddress.map { unsafe $0 + filled }
                let result = retrying { unsafe pread(number, start, count - filled, off_t(offset) + off_t(filled)) }
                if result < 0 { code = errno }
                if result <= 0 { return }
                filled += result
            }
        }
        guard code == 0 else { throw SystemCallError(call: "pread", code: code) }
        return bytes
    }

    /// Writes what the descriptor takes without waiting and returns how many bytes that was.
    package borrowing func write(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Int {
        let number = borrowed
        let result = unsafe bytes.withUnsafeBytes { buffer in
            retrying { unsafe Glibc.write(number, buffer.baseAddress, buffer.count) }
        }
        if result >= 0 { return result }
        let code = errno
        if code == EAGAIN { return 0 }
        throw SystemCallError(call: "write", code: code)
    }

    /// Writes all of `bytes` to a blocking descriptor.
    package borrowing func writeAll(_ bytes: [UInt8]) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(try write(rest))
        }
    }
}

/// Calls again while a signal interrupts.
private func retrying(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
