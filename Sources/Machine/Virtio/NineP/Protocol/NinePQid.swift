// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// What tells two files apart (9P2000 "qid").
package struct NinePQid: Equatable, Sendable {
    /// Bits: 0x80 a directory, 0x02 a symbolic link.
    package var type: UInt8
    /// Changes with the contents.
    package var version: UInt32
    package var path: UInt64

    /// The type of a file of this mode (stat(2), `S_IFMT`).
    static func type(ofMode mode: UInt32) -> UInt8 {
        switch mode & S_IFMT {
        case S_IFDIR: 0x80
        case S_IFLNK: 0x02
        default: 0
        }
    }
}
