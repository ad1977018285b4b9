// SPDX-License-Identifier: Apache-2.0

/// What a client's number stands for: a file or directory, and what was opened of it.
final class NinePFid {
    /// What the fid is good for beside naming its node.
    enum Use {
        case none
        /// Opened (Tlopen, Tlcreate) with these flags of open(2). Without a file it is opened again when it is needed.
        case opened(SharedFile?, flags: UInt32)
        /// The value of an extended attribute, or the list of their names, to be read.
        case attributeReading([UInt8])
        case attributeWriting(NinePAttributeWriting)
    }

    let node: NinePNode
    /// Who attached, by number: the owner of what is made.
    let user: UInt32
    var use: Use

    init(node: NinePNode, user: UInt32, use: Use = .none) {
        self.node = node
        self.user = user
        self.use = use
    }

    /// The open file, unless it has yet to be opened again.
    var file: SharedFile? {
        if case .opened(let file, _) = use { file } else { nil }
    }
}
