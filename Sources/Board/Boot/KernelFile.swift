// SPDX-License-Identifier: Apache-2.0

/// A kernel image as the loaders see it: they read its headers, never its body.
///
/// Not copyable types may conform, so that the owner of a descriptor can.
package protocol KernelFile: ~Copyable {
    /// The size of the file, in bytes.
    var byteCount: UInt64 { get }

    /// Returns exactly `count` bytes from `offset`; both lie within the file.
    ///
    /// - Throws: `.unreadable` where the file cannot be read or has become shorter.
    borrowing func read(at offset: UInt64, count: Int) throws(KernelImageError) -> [UInt8]
}

extension KernelFile where Self: ~Copyable {
    /// Returns `count` bytes from `offset`, or says that `part` lies outside the file.
    borrowing func read(
        _ part: String, at offset: UInt64, count: Int
    ) throws(KernelImageError) -> [UInt8] {
        let end = offset.adding(UInt64(count)) ?? .max
        guard end <= byteCount else { throw .truncated(part: part, needed: end, found: byteCount) }
        let bytes = try read(at: offset, count: count)
        guard bytes.count == count else { throw .unreadable(reason: "\(part) came back short") }
        return bytes
    }
}
