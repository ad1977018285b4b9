// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host

/// Makes raw images.
struct RawMaker {
    private static let options = ["size", "preallocation"]
    private static let sectorByteCount: UInt64 = 512
    private let preallocation: Preallocation?

    init(_ recipe: ImageRecipe) throws(ToolProblem) {
        var options = recipe.options
        if let text = options.take("preallocation") {
            preallocation = try Preallocation(text, option: "-o preallocation", of: .raw)
        } else {
            preallocation = nil
        }
        try options.checkEmpty(.raw, known: Self.options)
    }

    func make(
        byteCount: UInt64, in target: TargetFile, _ session: ToolSession
    ) throws(ToolProblem) -> MadeImage {
        let parameters = "size=\(byteCount)" + (preallocation.map { " preallocation=\($0.rawValue)" } ?? "")
        let size = byteCount + (Self.sectorByteCount - byteCount % Self.sectorByteCount) % Self.sectorByteCount
        let node = target.file.node
        if target.file.status.kind == .blockDevice {
            guard node.byteCount >= byteCount else {
                throw ToolProblem(
                    target.path, found: "the device has \(node.byteCount) bytes, and the image \(byteCount)",
                    remedy: "take a larger device")
            }
            return MadeImage(node: RawNode(file: node), parameters: parameters, readsZeros: false)
        }
        do { try node.resize(to: size) } catch { throw ToolProblem(target.path, error) }
        try RawRoom(node, target.path).give(0..<size, preallocation ?? .off, session)
        return MadeImage(node: RawNode(file: node), parameters: parameters, readsZeros: true)
    }
}
