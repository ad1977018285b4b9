// SPDX-License-Identifier: Apache-2.0

/// A range of a file that is locked, or is asked about (fcntl(2)).
struct NinePLock: Equatable, Sendable {
    /// 0 a read lock, 1 a write lock, 2 none.
    var type: UInt8
    var start: UInt64
    var byteCount: UInt64
    var process: UInt32
    var client: [UInt8]

    static let unlocked: UInt8 = 2
}
