// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image dd`: copies a part of an image, told in blocks.
package struct CopyBlocksCommand {
    private let source: ImageReference
    private let target: String
    private let recipe: ImageRecipe
    private let blockByteCount: UInt64
    private let count: UInt64?
    private let skip: UInt64?

    /// - Parameter operands: `if=PATH`, `of=PATH`, and perhaps `bs=SIZE`, `count=N`, `skip=N`.
    package init(
        operands: [String], format: ImageFormat?, recipe: ImageRecipe, sharesLocks: Bool
    ) throws(ToolProblem) {
        var values: [String: String] = [:]
        for operand in operands {
            let sides = operand.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, ["if", "of", "bs", "count", "skip"].contains(sides[0]) else {
                throw ToolProblem(
                    operand, found: "it is not an operand of dd", remedy: "there are if=, of=, bs=, count= and skip=")
            }
            values[String(sides[0])] = String(sides[1])
        }
        guard let input = values["if"], let output = values["of"] else {
            throw ToolProblem(nil, found: "dd needs if=PATH and of=PATH", remedy: "name both")
        }
        source = ImageReference(input, format: format, sharesLocks: sharesLocks)
        target = output
        self.recipe = recipe
        blockByteCount = try Self.size(values["bs"], "bs") ?? 512
        count = try Self.size(values["count"], "count")
        skip = try Self.size(values["skip"], "skip")
        guard blockByteCount > 0, blockByteCount <= UInt64(Int32.max) else {
            throw ToolProblem("bs=\(blockByteCount)", found: "a block has 1 byte to 2 GiB", remedy: "write such a size")
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .refused).open(source)
        // The count goes from the image's beginning, as in qemu-img: what is skipped is part of it.
        let end = min(image.node.byteCount, Self.product(count ?? .max, blockByteCount))
        let start = Self.product(skip ?? 0, blockByteCount)
        if start > end {
            session.console.remark("\(image.path): it ends before what is to be skipped: nothing is copied")
        }
        _ = try ImageMaker.check(recipe, target: target)
        let file = try TargetFile(target)
        try file.whileMaking { () throws(ToolProblem) in
            let made = try ImageMaker.make(recipe, byteCount: start > end ? 0 : end - start, in: file, session)
            try copy(image, min(start, end)..<end, to: made.node, session)
        }
        return 0
    }

    private func copy(
        _ image: OpenImage, _ range: Range<UInt64>, to node: any BlockNode, _ session: ToolSession
    ) throws(ToolProblem) {
        var buffer = BlockBuffer(capacity: ContentCopy.chunkByteCount)
        var offset = range.lowerBound
        while offset < range.upperBound {
            try session.checkInterruption()
            let count = Int(min(UInt64(buffer.capacity), range.upperBound - offset))
            do { try buffer.fill(from: image.node, at: offset, count: count) } catch {
                throw ToolProblem(image.path, error)
            }
            do { try buffer.write(0..<count, to: node, at: offset - range.lowerBound) } catch {
                throw ToolProblem(target, error)
            }
            offset += UInt64(count)
        }
        try ImageMaker.close(node, target, isDurable: true)
    }

    private static func size(_ text: String?, _ name: String) throws(ToolProblem) -> UInt64? {
        guard let text else { return nil }
        return try ImageSize.parse(text, "\(name)=")
    }

    private static func product(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (product, overflow) = first.multipliedReportingOverflow(by: second)
        return overflow ? .max : product
    }
}
