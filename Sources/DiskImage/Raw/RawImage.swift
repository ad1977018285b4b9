// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// A disk whose bytes are a file's or a block device's, one to one.
package struct RawImage: ~Copyable, Sendable {
    package let descriptor: Descriptor
    /// A multiple of 512.
    package let byteCount: UInt64
    package let isReadOnly: Bool
    /// The smallest unit the host's storage addresses, in bytes.
    package let logicalBlockSize: UInt32
    /// The smallest unit it writes without reading first, in bytes.
    package let physicalBlockSize: UInt32

    /// Takes over an open file or block device and finds out its geometry.
    package init(owning descriptor: consuming Descriptor, isReadOnly: Bool) throws(RawImageError) {
        let geometry = try Geometry(of: descriptor)
        guard geometry.byteCount >= 512 else { throw .tooSmall(byteCount: geometry.byteCount) }
        guard geometry.byteCount.isMultiple(of: 512) else { throw .notWholeSectors(byteCount: geometry.byteCount) }
        byteCount = geometry.byteCount
        logicalBlockSize = geometry.logicalBlockSize
        physicalBlockSize = geometry.physicalBlockSize
        self.isReadOnly = isReadOnly
        self.descriptor = descriptor
    }

    /// Gives up the file.
    package consuming func takeDescriptor() -> Descriptor { descriptor }

    private struct Geometry {
        var byteCount: UInt64
        var logicalBlockSize: UInt32 = 512
        var physicalBlockSize: UInt32 = 4096

        init(of descriptor: borrowing Descriptor) throws(RawImageError) {
            do {
                let status = try descriptor.status()
                byteCount = status.byteCount
                switch status.kind {
                case .regular: break
                case .blockDevice: try readDevice(descriptor)
                default: throw RawImageError.notADisk
                }
            } catch let error as RawImageError {
                throw error
            } catch let error as SystemCallError {
                throw .system(error)
            } catch {
                throw .notADisk
            }
        }

        private mutating func readDevice(_ descriptor: borrowing Descriptor) throws(SystemCallError) {
            let number = descriptor.borrowed
            var logical: CInt = 512
            var physical: CUnsignedInt = 512
            try SystemCallError.check(unsafe cmachine_block_device_size(number, &byteCount), "ioctl(BLKGETSIZE64)")
            try SystemCallError.check(unsafe cmachine_block_logical_size(number, &logical), "ioctl(BLKSSZGET)")
            try SystemCallError.check(unsafe cmachine_block_physical_size(number, &physical), "ioctl(BLKPBSZGET)")
            logicalBlockSize = UInt32(max(512, logical))
            physicalBlockSize = max(logicalBlockSize, physical)
        }
    }
}
