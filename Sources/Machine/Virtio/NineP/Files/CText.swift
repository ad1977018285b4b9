// SPDX-License-Identifier: Apache-2.0

/// Bytes of a name or a path, lent to a call of the kernel with a NUL behind them.
enum CText {
    /// - Parameter bytes: Without a NUL among them.
    static func with(_ bytes: [UInt8], _ call: (UnsafePointer<CChar>) -> Int) -> Int {
        let text = bytes + [0]
        return unsafe text.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe call(base.assumingMemoryBound(to: CChar.self))
        }
    }
}
