// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host
internal import JSON

/// `apus image clone`: makes qcow2 images that show another image until they are written.
///
/// However large the image is, a clone is a few pages. All are written before the first gets its name, with one sync
/// of the file system between: who finds a clone by its name finds it whole, after a power cut too.
package struct CloneCommand {
    package struct Settings {
        /// Options of the qcow2 format (`-o`).
        package var options: OptionList
        package var showsJSON = false

        package init(options: OptionList) { self.options = options }
    }

    /// What the descriptor limit leaves to others.
    private static let spareDescriptorCount: UInt = 64
    private let source: ImageReference
    private let targets: [String]
    private let maker: Qcow2Maker
    /// The size that the options say, in bytes.
    private let byteCount: UInt64?
    private let showsJSON: Bool

    /// - Parameter source: The image, with its format.
    package init(_ source: ImageReference, to targets: [String], _ settings: Settings) throws(ToolProblem) {
        guard source.format != nil else {
            throw ToolProblem(
                source.path, found: "its format is missing", remedy: "name it with -f: it is never guessed")
        }
        self.source = source
        self.targets = targets
        showsJSON = settings.showsJSON
        var options = settings.options
        for name in ["backing_file", "backing_fmt", "data_file", "data_file_raw", "preallocation"] {
            guard options.take(name) == nil else {
                throw ToolProblem("-o \(name)", found: "a clone has no such option", remedy: "leave it out")
            }
        }
        byteCount = try options.takeSize("size")
        maker = try Qcow2Maker(ImageRecipe(.qcow2, options: options))
        var seen: Set<String> = []
        for target in targets {
            guard seen.insert(target).inserted else {
                throw ToolProblem(target, found: "two clones would have that name", remedy: "name it once")
            }
            try Self.refusePresent(target)
        }
    }

    private static func refusePresent(_ path: String) throws(ToolProblem) {
        var status = stat()
        guard unsafe lstat(path, &status) != 0 else {
            throw CloneFile.problem(path, SystemCallError(call: "lstat", code: EEXIST))
        }
        guard errno == ENOENT else { throw ToolProblem(path, SystemCallError(call: "lstat", code: errno)) }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        // It stays open and locked to the end, with its whole chain.
        let image = try ImageOpener(session: session, probing: .refused).open(source, depth: 1)
        let place = try ClonedImage(image)
        DescriptorLimit.raise()
        let limit = DescriptorLimit.current
        let batch = Int(clamping: max(1, limit - min(limit, Self.spareDescriptorCount)))
        var contents: [String: CloneContents] = [:]
        var named: [CloneFile.Name] = []
        do throws(ToolProblem) {
            for start in stride(from: 0, to: targets.count, by: batch) {
                let part = targets[start..<min(targets.count, start + batch)]
                try make(Array(part), of: place, &contents, &named, session)
            }
        } catch {
            // All or none.
            for name in named { name.takeBack() }
            throw error
        }
        try tell(place, session)
        return 0
    }

    /// Makes as many clones as can be open at a time.
    private func make(
        _ targets: [String], of image: ClonedImage, _ contents: inout [String: CloneContents],
        _ named: inout [CloneFile.Name], _ session: ToolSession
    ) throws(ToolProblem) {
        var files: [CloneFile] = []
        for target in targets {
            try session.checkInterruption()
            let file = try CloneFile(target, number: files.count)
            try write(file, image.reference(from: target), &contents, image)
            files.append(file)
        }
        try sync(files)
        for file in files {
            try session.checkInterruption()
            named.append(try file.name())
        }
    }

    private func write(
        _ file: CloneFile, _ backing: BackingReference, _ contents: inout [String: CloneContents], _ image: ClonedImage
    ) throws(ToolProblem) {
        if contents[backing.path] == nil {
            // A file without a name, which goes again: what is copied from it has no zeros that take room.
            let model = try CloneFile(file.path, number: -1).node()
            do throws(BlockError) {
                try maker.make(byteCount: byteCount ?? image.byteCount, over: backing, in: model)
                contents[backing.path] = try CloneContents(of: model)
            } catch {
                throw ToolProblem(file.path, error)
            }
        }
        let node = try file.node()
        do { try contents[backing.path]?.write(to: node) } catch { throw ToolProblem(file.path, error) }
    }

    /// One sync for all clones of a file system.
    private func sync(_ files: [CloneFile]) throws(ToolProblem) {
        if files.count == 1 {
            let node = try files[0].node()
            do { return try node.flush() } catch { throw ToolProblem(files[0].path, error) }
        }
        var synced: Set<UInt64> = []
        for file in files where synced.insert(file.device).inserted { try file.syncFileSystem() }
    }

    private func tell(_ image: ClonedImage, _ session: ToolSession) throws(ToolProblem) {
        guard showsJSON else {
            let count = targets.count == 1 ? "1 image" : "\(targets.count) images"
            return try session.console.say("Cloned '\(source.path)': \(count)")
        }
        let clones = targets.map { target in
            let backing = image.reference(from: target)
            var object = JSONObject()
            object["filename"] = .string(target)
            object["format"] = .string(ImageFormat.qcow2.rawValue)
            object["virtual-size"] = JSONValue(((byteCount ?? image.byteCount) + 511) & ~511)
            object["backing-filename"] = .string(backing.path)
            object["full-backing-filename"] = .string(backing.resolved(from: target))
            object["backing-filename-format"] = .string(backing.format ?? "")
            return JSONValue.object(object)
        }
        try session.console.say(JSONValue.array(clones).serialized(.pretty(sortedKeys: false)))
    }
}
