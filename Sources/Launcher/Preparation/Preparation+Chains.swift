// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host

/// The images below a disk's own: those that the configuration lists, or else those that the headers name.
extension Preparation {
    /// An image of a chain, as its header is followed.
    private struct Link {
        var path: String
        var report: ImageHeaderReport
    }

    /// Opens what lies below a disk whose own image is open.
    func openChain(_ index: Int, path: String, image: borrowing Descriptor) throws(LaunchProblem) {
        let disk = request.disks[index]
        var machineDisk = machine.disks[index]
        machineDisk.backing = []
        guard disk.format == .qcow2 else { return machine.disks[index] = machineDisk }
        let report = try ImageProbe.report(of: image, path: path)
        let folders = try imageFolders(beside: path)
        machineDisk.dataFile = try openDataFile(
            of: Link(path: path, report: report), given: disk.dataFile, in: folders, isReadOnly: disk.readOnly)
        if let layers = disk.backing {
            machineDisk.backing = try openListed(layers, in: folders)
        } else {
            var identities = Files.identity(of: image).map { [$0] } ?? []
            machineDisk.backing = try follow(Link(path: path, report: report), in: folders, &identities)
        }
        machine.disks[index] = machineDisk
    }

    private func imageFolders(beside path: String) throws(LaunchProblem) -> [ImageFolder] {
        var folders = [try ImageFolder(Files.folder(of: path))]
        for folder in request.imageFolders { folders.append(try ImageFolder(folder)) }
        return folders
    }

    /// Opens the images that the configuration lists, wherever they are.
    private func openListed(
        _ layers: [LayerConfiguration], in folders: [ImageFolder]
    ) throws(LaunchProblem) -> [LayerConfiguration] {
        var result: [LayerConfiguration] = []
        for layer in layers {
            guard case .path(let path) = layer.source else { continue }
            let image = try Self.open(path, isReadOnly: true)
            var opened = layer
            if layer.format == .qcow2 {
                let report = try ImageProbe.report(of: image, path: path)
                opened.dataFile = try openDataFile(
                    of: Link(path: path, report: report), given: layer.dataFile, in: folders, isReadOnly: true)
            }
            opened.source = try handLayer(image, path: path)
            result.append(opened)
        }
        return result
    }

    /// Opens the image that a header names, and so on.
    private func follow(
        _ top: Link, in folders: [ImageFolder], _ identities: inout [FileIdentity]
    ) throws(LaunchProblem) -> [LayerConfiguration] {
        var result: [LayerConfiguration] = []
        var link = top
        while let name = link.report.backingName {
            guard result.count < MachineConfiguration.maximumLayerCount else {
                throw LaunchProblem(
                    top.path, found: "more than \(result.count) images lie below it",
                    remedy: "make the chain shorter with apus image rebase or commit", exitCode: .badInput)
            }
            let format = try Self.backingFormat(of: link)
            let found = try Self.openNamed(name, by: link.path, what: "backing image", in: folders)
            let place = found.place
            let image = found.takeFile()
            if let identity = Files.identity(of: image) {
                if identities.contains(identity) {
                    throw LaunchProblem(
                        link.path, found: "its chain of backing images comes back to \(place)",
                        remedy: "name another one with apus image rebase -u", exitCode: .badInput)
                }
                identities.append(identity)
            }
            var layer = LayerConfiguration(source: .path(place), format: format)
            link = Link(path: place, report: ImageHeaderReport())
            if format == .qcow2 {
                link.report = try ImageProbe.report(of: image, path: place)
                layer.dataFile = try openDataFile(of: link, given: nil, in: folders, isReadOnly: true)
            }
            layer.source = try handLayer(image, path: place)
            result.append(layer)
        }
        return result
    }

    /// The format that a header says its backing image has: nobody guesses one.
    private static func backingFormat(of link: Link) throws(LaunchProblem) -> DiskFormat {
        let name = link.report.backingName ?? ""
        guard let word = link.report.backingFormat else {
            throw LaunchProblem(
                link.path, found: "its header names a backing image and no format of it",
                remedy: "write it down: apus image rebase -u -F FORMAT -b \(ImageHeaderReport.printable(name)) "
                    + "\(link.path), or list the images in a configuration file",
                exitCode: .badInput)
        }
        guard let format = DiskFormat(rawValue: word) else {
            throw LaunchProblem(
                link.path,
                found: "its backing image has the format \(ImageHeaderReport.printable(word)), which a machine has not",
                remedy: "convert that with apus image convert -O qcow2", exitCode: .badInput)
        }
        return format
    }

    /// Opens a file that a header names, where it lies in one of the folders.
    private static func openNamed(
        _ name: String, by path: String, what: String, in folders: [ImageFolder]
    ) throws(LaunchProblem) -> ImageFolder.Found {
        let shown = ImageHeaderReport.printable(name)
        // As QEMU has it, a word and a colon in front are a protocol.
        guard !name.isEmpty, !name.prefix(while: { $0 != "/" }).contains(":") else {
            throw LaunchProblem(
                path, found: "its header names as its \(what) what is no path: \(shown)",
                remedy: "list the images in a configuration file", exitCode: .badInput)
        }
        let full = name.hasPrefix("/") ? name : "\(Files.folder(of: path))/\(name)"
        let opened: ImageFolder.Found?
        do throws(SystemCallError) { opened = try ImageFolder.open(full, in: folders) } catch {
            throw LaunchProblem(
                path, found: "its \(what) \(shown) cannot be opened: \(error.reason)",
                remedy: "put it there, or write down another with apus image rebase -u", exitCode: .badInput)
        }
        guard let opened = consume opened else {
            let places = folders.map(\.place).joined(separator: ", ")
            let place = ImageHeaderReport.shown(ImageFolder.destination(of: full))
            throw LaunchProblem(
                path, found: "its \(what) is \(place), which is in none of the folders that may have one (\(places))",
                remedy:
                    "if you trust this image, give --image-folder \(ImageHeaderReport.shown(Files.folder(of: place)))",
                exitCode: .badInput)
        }
        return opened
    }

    private func openDataFile(
        of link: Link, given: Resource?, in folders: [ImageFolder], isReadOnly: Bool
    ) throws(LaunchProblem) -> Resource? {
        guard link.report.hasDataFile else {
            guard given == nil else {
                throw LaunchProblem(
                    link.path, found: "it keeps its data itself, and a data file was given", remedy: "leave that out",
                    exitCode: .badInput)
            }
            return nil
        }
        let path: String
        let file: Descriptor
        if case .path(let listed) = given {
            path = listed
            file = try Self.open(listed, isReadOnly: isReadOnly)
        } else if let name = link.report.dataFileName {
            let found = try Self.openNamed(name, by: link.path, what: "data file", in: folders)
            path = found.place
            // That very file once more, to write it: its name may lead elsewhere by now.
            file = try Self.open("/proc/self/fd/\(found.file.borrowed)", shownAs: path, isReadOnly: isReadOnly)
        } else {
            throw LaunchProblem(
                link.path, found: "it keeps its data in another file, and does not say in which",
                remedy: "give it as dataFile in a configuration file", exitCode: .badInput)
        }
        try Self.checkKind(of: file, path: path)
        try Self.lock(file, path: path, isReadOnly: isReadOnly)
        Files.setBlocking(file)
        return .descriptor(table.hand(file))
    }

    private func handLayer(_ image: consuming Descriptor, path: String) throws(LaunchProblem) -> Resource {
        try Self.checkKind(of: image, path: path)
        try Self.lock(image, path: path, isReadOnly: true)
        Files.setBlocking(image)
        return .descriptor(table.hand(image))
    }
}
