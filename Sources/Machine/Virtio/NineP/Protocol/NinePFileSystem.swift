// SPDX-License-Identifier: Apache-2.0

/// What Rstatfs says: what statfs(2) does.
struct NinePFileSystem: Equatable, Sendable {
    var type: UInt32
    var blockSize: UInt32
    var blocks: UInt64
    var freeBlocks: UInt64
    var availableBlocks: UInt64
    var files: UInt64
    var freeFiles: UInt64
    var identity: UInt64
    var nameLimit: UInt32

    func append(to writer: inout NinePWriter) {
        writer.append(type)
        writer.append(blockSize)
        for number in [blocks, freeBlocks, availableBlocks, files, freeFiles, identity] { writer.append(number) }
        writer.append(nameLimit)
    }
}
