// SPDX-License-Identifier: Apache-2.0

/// The requests of 9P2000.L by their numbers; a reply's number is one higher.
enum NinePMessageType: UInt8, CaseIterable, Sendable {
    case statfs = 8
    case lopen = 12
    case lcreate = 14
    case symlink = 16
    case mknod = 18
    case rename = 20
    case readlink = 22
    case getattr = 24
    case setattr = 26
    case xattrwalk = 30
    case xattrcreate = 32
    case readdir = 40
    case fsync = 50
    case lock = 52
    case getlock = 54
    case link = 70
    case mkdir = 72
    case renameat = 74
    case unlinkat = 76
    case version = 100
    case auth = 102
    case attach = 104
    case flush = 108
    case walk = 110
    case read = 116
    case write = 118
    case clunk = 120
    case remove = 122

    /// The number of the reply that is an error (Rlerror).
    static let errorReply: UInt8 = 7

    var reply: UInt8 { rawValue + 1 }
}
