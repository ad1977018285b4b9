// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `apus image map`: where an image's contents lie.
package struct MapCommand {
    private let image: ImageReference
    private let output: OutputFormat
    private let start: UInt64
    private let maximumLength: UInt64?

    package init(_ image: ImageReference, output: OutputFormat, start: UInt64, maximumLength: UInt64?) {
        self.image = image
        self.output = output
        self.start = start
        self.maximumLength = maximumLength
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let image = try ImageOpener(session: session, probing: .allowed).open(image)
        var walk = ExtentWalk(of: image.node, from: start, length: maximumLength)
        try session.console.write(output == .json ? "[" : Self.heading)
        var isFirst = true
        while let extent = try next(&walk, image) {
            try session.checkInterruption()
            switch output {
            case .json:
                try session.console.write((isFirst ? "" : ",\n") + Self.object(extent))
            case .human:
                if extent.isData, !extent.isZero { try session.console.write(try Self.line(extent, image)) }
            }
            isFirst = false
        }
        if output == .json { try session.console.say("]") }
        return 0
    }

    private func next(_ walk: inout ExtentWalk, _ image: OpenImage) throws(ToolProblem) -> BlockExtent? {
        do { return try walk.next() } catch { throw ToolProblem(image.path, error) }
    }

    private static let heading = row("Offset", "Length", "Mapped to", "File")

    private static func row(_ offset: String, _ length: String, _ place: String, _ file: String) -> String {
        [offset, length, place].map { HumanText.padded($0, to: 16) }.joined() + file + "\n"
    }

    private static func line(_ extent: BlockExtent, _ image: OpenImage) throws(ToolProblem) -> String {
        guard let fileOffset = extent.fileOffset else {
            throw ToolProblem(
                image.path,
                found: "parts of it are compressed, encrypted or in another file, which this list cannot tell",
                remedy: "take --output=json")
        }
        let range = extent.range
        return row(
            HumanText.hexadecimal(range.lowerBound), HumanText.hexadecimal(range.upperBound - range.lowerBound),
            HumanText.hexadecimal(fileOffset), HumanText.printable(image.path(atDepth: extent.depth)))
    }

    /// One line of JSON, in qemu-img's order of keys.
    private static func object(_ extent: BlockExtent) -> String {
        let range = extent.range
        let numbers = "\"start\": \(range.lowerBound), \"length\": \(range.upperBound - range.lowerBound)"
        let kind = "\"present\": \(extent.isPresent), \"zero\": \(extent.isZero), \"data\": \(extent.isData)"
        let offset = extent.fileOffset.map { ", \"offset\": \($0)" } ?? ""
        return "{ \(numbers), \"depth\": \(extent.depth), \(kind)\(offset)}"
    }
}
