// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import JSON

/// `apus image measure`: how much room an image would take in another format.
package struct MeasureCommand {
    /// What is measured.
    package enum Subject: Sendable {
        case image(ImageReference)
        /// An image of that many bytes with contents nobody knows yet.
        case byteCount(UInt64)
    }

    private let subject: Subject
    private let recipe: ImageRecipe
    private let output: OutputFormat

    package init(_ subject: Subject, as recipe: ImageRecipe, output: OutputFormat) {
        self.subject = subject
        self.recipe = recipe
        self.output = output
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let measurement: Measurement
        switch recipe.format {
        case .raw: measurement = try measureRaw(session)
        case .qcow2: measurement = try measureQcow2(session)
        case .vmdk:
            throw ToolProblem("-O vmdk", found: "vmdk images are read, not made", remedy: "measure raw or qcow2")
        }
        try session.console.write(
            output == .human ? measurement.text : measurement.report.serialized(.pretty(sortedKeys: false)) + "\n")
        return 0
    }

    private func measureRaw(_ session: ToolSession) throws(ToolProblem) -> Measurement {
        _ = try ImageMaker.check(recipe, target: "-O raw")
        let byteCount = try source(session)?.node.byteCount ?? Self.wholeSectors(sizeAlone)
        return Measurement(required: byteCount, fullyAllocated: byteCount)
    }

    private func measureQcow2(_ session: ToolSession) throws(ToolProblem) -> Measurement {
        let maker = try Qcow2Maker(recipe)
        var options = recipe.options
        let layout = try Qcow2Layout(&options)
        let preallocation = try Preallocation(
            options.take("preallocation") ?? "off", option: "-o preallocation", of: .qcow2)
        let hasBacking = options.take("backing_file") != nil
        let image = try source(session)
        let byteCount = layout.aligned(image?.node.byteCount ?? sizeAlone, to: layout.clusterByteCount)
        guard let full = layout.fullByteCount(virtual: byteCount) else {
            throw ToolProblem(
                image?.path ?? "--size", found: "no qcow2 image can be as large",
                remedy: "take larger clusters, -o cluster_size=2M")
        }
        var contents: UInt64 = 0
        if preallocation == .full || preallocation == .falloc || (hasBacking && image != nil) {
            contents = byteCount
        } else if let image {
            contents = try contentByteCount(image, layout, session)
        }
        var bitmaps: UInt64?
        if maker.keepsBitmaps, let node = image?.node as? Qcow2Image, node.header.version >= 3 {
            bitmaps = layout.bitmapByteCount(of: node)
        }
        return Measurement(required: full - byteCount + contents, fullyAllocated: full, bitmaps: bitmaps)
    }

    /// Bytes of the clusters that have contents.
    private func contentByteCount(
        _ image: OpenImage, _ layout: Qcow2Layout, _ session: ToolSession
    ) throws(ToolProblem) -> UInt64 {
        let cluster = layout.clusterByteCount
        var sum: UInt64 = 0
        var counted: UInt64 = 0
        var walk = ExtentWalk(of: image.node)
        while true {
            try session.checkInterruption()
            let next: BlockExtent?
            do { next = try walk.next() } catch { throw ToolProblem(image.path, error) }
            guard let extent = next else { return sum }
            guard !extent.isZero, extent.isData || extent.isPresent else { continue }
            let start = max(counted, extent.range.lowerBound / cluster * cluster)
            let end = layout.aligned(extent.range.upperBound, to: cluster)
            if end > start { sum += end - start }
            counted = max(counted, end)
        }
    }

    private func source(_ session: ToolSession) throws(ToolProblem) -> OpenImage? {
        guard case .image(let reference) = subject else { return nil }
        return try ImageOpener(session: session, probing: .allowed).open(reference)
    }

    private var sizeAlone: UInt64 { if case .byteCount(let count) = subject { count } else { 0 } }

    private static func wholeSectors(_ byteCount: UInt64) -> UInt64 { byteCount + (512 - byteCount % 512) % 512 }
}
