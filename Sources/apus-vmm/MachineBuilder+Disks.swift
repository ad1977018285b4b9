// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import DiskImage
internal import Host
internal import Machine

extension MachineBuilder {
    /// Opens the images of a disk, out of the descriptors that the launcher handed over.
    func chain(_ disk: DiskConfiguration) throws -> sending ImageChain {
        var layers = [
            try Self.layer(disk.source, disk.format, disk.dataFile, disk.displayName, isReadOnly: disk.readOnly)
        ]
        for (index, backing) in (disk.backing ?? []).enumerated() {
            let object = "\(disk.displayName), image \(index + 1) of its chain"
            layers.append(
                try Self.layer(backing.source, backing.format, backing.dataFile, object, isReadOnly: true))
        }
        return try ImageChain.openConfined(layers, isReadOnly: disk.readOnly)
    }

    private static func layer(
        _ source: Resource, _ format: DiskFormat, _ dataFile: Resource?, _ object: String, isReadOnly: Bool
    ) throws -> ImageChain.Layer {
        let chainFormat: ImageChain.Format =
            switch format {
            case .raw: .raw
            case .qcow2: .qcow2
            }
        return ImageChain.Layer(
            format: chainFormat, file: try FileNode(owning: try take(source, object), isReadOnly: isReadOnly),
            dataFile: try dataFile.map { try FileNode(owning: try take($0, object), isReadOnly: isReadOnly) })
    }
}
