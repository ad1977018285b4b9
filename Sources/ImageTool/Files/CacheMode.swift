// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// How an image's files are read and written (`-t`, `-T`), by QEMU's names.
package enum CacheMode: String, CaseIterable, Sendable {
    /// Through the page cache; durable at a flush.
    case writeback
    /// Through the page cache; durable when a write is done.
    case writethrough
    /// Past the page cache; durable at a flush.
    case none
    /// Past the page cache; durable when a write is done.
    case directsync
    /// Through the page cache, and never flushed.
    case unsafe

    /// The mode of a name; `option` is what the problem calls it.
    package init(named name: String, option: String) throws(ToolProblem) {
        guard let mode = CacheMode(rawValue: name) else {
            throw ToolProblem(
                "\(option) \(name)", found: "there is no such cache mode",
                remedy: "write \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = mode
    }

    /// Whether the page cache is passed by.
    var isDirect: Bool { self == .none || self == .directsync }
    /// Whether what is written is made durable at all.
    package var flushes: Bool { self != .unsafe }

    /// What open(2) is told.
    var openFlags: CInt {
        (isDirect ? Descriptor.directFlag : 0) | (self == .writethrough || self == .directsync ? O_DSYNC : 0)
    }
}
