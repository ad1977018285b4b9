// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Host
internal import JSON

/// Opens qcow2 images: the header first, then what it names, then the image over both.
struct Qcow2Opening {
    let opener: ImageOpener
    let reference: ImageReference
    let isReadOnly: Bool
    /// How many images lie above.
    let depth: Int

    func open(_ file: ImageFile, withBacking: Bool) throws(ToolProblem) -> OpenImage {
        try ImageOpener.checkDepth(depth, file.path)
        let header: Qcow2Header
        do { header = try Qcow2Header(readingFrom: file.node) } catch { throw ToolProblem(file.path, error) }
        let data = try dataFile(header, file)
        var backing: OpenImage?
        if withBacking, let below = try backingReference(header, file) {
            backing = try opener.open(below, depth: depth + 1)
        }
        let node: Qcow2Image
        do {
            node = try Qcow2Image(
                file: file.node, backing: backing?.node, dataFile: data.map { RawNode(file: $0.node) },
                isReadOnly: isReadOnly, repairing: opener.repairs)
        } catch {
            throw ToolProblem(file.path, error)
        }
        if node.hasStaleBitmaps {
            opener.session.console.remark(
                "\(file.path): its bitmaps were not kept up to date by who changed it last, and count for nothing; "
                    + "apus image check -r leaks gives back their room")
        }
        return OpenImage(
            path: file.path, format: .qcow2, node: node, file: file.node,
            allocatedByteCount: file.status.allocatedByteCount, details: details(node),
            chain: [ChainFile(data ?? file)] + (backing?.chain ?? []))
    }

    private func dataFile(_ header: Qcow2Header, _ file: ImageFile) throws(ToolProblem) -> ImageFile? {
        guard header.hasDataFile else { return nil }
        guard let name = header.dataFileName else {
            throw ToolProblem(file.path, found: "its data lie in another file, and it does not say in which")
        }
        let data = ImageReference(
            BackingReference(path: name).resolved(from: file.path), format: .raw, sharesLocks: reference.sharesLocks,
            cache: reference.cache)
        return try ImageFile(opening: data, isReadOnly: isReadOnly)
    }

    private func backingReference(_ header: Qcow2Header, _ file: ImageFile) throws(ToolProblem) -> ImageReference? {
        guard let name = header.backingFileName else { return nil }
        return try BackingReference(path: name, format: header.backingFormat)
            .image(of: file.path, sharesLocks: reference.sharesLocks, cache: reference.cache)
    }

    private func details(_ node: Qcow2Image) -> FormatDetails {
        let header = node.header
        var details = FormatDetails()
        details.clusterByteCount = node.geometry.clusterSize
        details.backing = header.backingFileName.map { BackingReference(path: $0, format: header.backingFormat) }
        details.isDirty = header.features.incompatible.contains(.dirty)
        details.snapshots = node.snapshots.map { snapshot in
            SnapshotDetails(
                identifier: snapshot.identifier, name: snapshot.name, stateByteCount: snapshot.stateByteCount,
                seconds: UInt64(snapshot.seconds), nanoseconds: UInt64(snapshot.nanoseconds),
                machineNanoseconds: snapshot.guestNanoseconds, instructionCount: snapshot.instructionCount)
        }
        details.specific = specific(node)
        return details
    }

    /// QAPI's `ImageInfoSpecificQCow2`.
    private func specific(_ node: Qcow2Image) -> JSONObject {
        let header = node.header
        var object = JSONObject()
        object["compat"] = .string(header.version < 3 ? "0.10" : "1.1")
        if header.hasDataFile {
            object["data-file"] = .string(header.dataFileName ?? "")
            object["data-file-raw"] = .bool(header.isDataFileRaw)
        }
        object["compression-type"] = .string(header.compression == .zlib ? "zlib" : "zstd")
        guard header.version >= 3 else {
            object["refcount-bits"] = JSONValue(header.geometry.refcountBits)
            return object
        }
        object["lazy-refcounts"] = .bool(header.hasLazyRefcounts)
        if !node.bitmaps.isEmpty { object["bitmaps"] = .array(node.bitmaps.map(Self.report)) }
        object["refcount-bits"] = JSONValue(header.geometry.refcountBits)
        object["corrupt"] = .bool(header.features.incompatible.contains(.corrupt))
        object["extended-l2"] = .bool(header.geometry.hasExtendedEntries)
        return object
    }

    /// QAPI's `Qcow2BitmapInfo`.
    private static func report(_ bitmap: Qcow2Bitmap) -> JSONValue {
        var flags: [JSONValue] = []
        if bitmap.isInUse { flags.append("in-use") }
        if bitmap.isEnabled { flags.append("auto") }
        var object = JSONObject()
        object["flags"] = .array(flags)
        object["name"] = .string(bitmap.name)
        object["granularity"] = JSONValue(bitmap.granularity)
        return .object(object)
    }
}
