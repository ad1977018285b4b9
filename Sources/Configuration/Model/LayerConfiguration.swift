// SPDX-License-Identifier: Apache-2.0

/// An image below a disk's own: it has what the images above it leave open, and is only read.
package struct LayerConfiguration: Equatable, Sendable {
    /// The image: a file or a block device.
    package var source: Resource
    /// The layout of the image.
    package var format: DiskFormat
    /// The file that a qcow2 image keeps the guest's data in, where it does not do so itself.
    package var dataFile: Resource?

    /// Makes a layer over `source`.
    package init(source: Resource, format: DiskFormat, dataFile: Resource? = nil) {
        self.source = source
        self.format = format
        self.dataFile = dataFile
    }
}
