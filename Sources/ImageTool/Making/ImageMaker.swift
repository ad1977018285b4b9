// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Makes images of any format that can be written.
enum ImageMaker {
    /// What a new image's contents lie over, and whether they are durable at once.
    struct Circumstances {
        /// The image below, open for reading.
        var backing: (any BlockNode)?
        var isDurable = true
    }

    /// Makes an empty image in a file.
    static func make(
        _ recipe: ImageRecipe, byteCount: UInt64, in target: TargetFile, _ session: ToolSession,
        _ circumstances: Circumstances = .init()
    ) throws(ToolProblem) -> MadeImage {
        switch recipe.format {
        case .raw: return try RawMaker(recipe).make(byteCount: byteCount, in: target, session)
        case .qcow2:
            return try Qcow2Maker(recipe).make(byteCount: byteCount, in: target, session, circumstances)
        case .vmdk: throw notMade(target.path)
        }
    }

    /// Refuses what `make` would refuse whatever the file is, before anything is touched.
    ///
    /// - Returns: The image that the new one lies over.
    static func check(_ recipe: ImageRecipe, target: String) throws(ToolProblem) -> BackingReference? {
        switch recipe.format {
        case .raw:
            _ = try RawMaker(recipe)
            return nil
        case .qcow2: return try Qcow2Maker(recipe).backing
        case .vmdk: throw notMade(target)
        }
    }

    /// Ends the writing of an image in order.
    static func close(_ node: any BlockNode, _ path: String, isDurable: Bool) throws(ToolProblem) {
        do {
            if let image = node as? Qcow2Image { try image.close() } else if isDurable { try node.flush() }
        } catch {
            throw ToolProblem(path, error)
        }
    }

    /// Has work done on an image that stays. Where it fails, what was written until then is an image in order too.
    static func whileChanging(
        _ node: any BlockNode, _ work: () throws(ToolProblem) -> Void
    ) throws(ToolProblem) {
        do {
            try work()
        } catch {
            if let image = node as? Qcow2Image { try? image.close() }
            throw error
        }
    }

    private static func notMade(_ path: String) -> ToolProblem {
        ToolProblem(path, found: "vmdk images are read, not made", remedy: "make a raw or qcow2 image")
    }
}
