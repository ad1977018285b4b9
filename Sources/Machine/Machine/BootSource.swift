// SPDX-License-Identifier: Apache-2.0
package import Host

/// The kernel and initrd that a machine starts, kept open for its resets.
package struct BootSource: Sendable {
    let kernel: OpenFile
    let initrd: OpenFile?
    let commandLine: String

    package init(kernel: OpenFile, initrd: OpenFile?, commandLine: String) {
        self.kernel = kernel
        self.initrd = initrd
        self.commandLine = commandLine
    }

    /// An open file and its size.
    package final class OpenFile: Sendable {
        let descriptor: Descriptor
        let byteCount: UInt64

        /// Takes over an open regular file.
        package init(owning descriptor: consuming Descriptor) throws(SystemCallError) {
            byteCount = try descriptor.status().byteCount
            self.descriptor = descriptor
        }
    }
}
