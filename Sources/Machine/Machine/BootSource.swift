// SPDX-License-Identifier: Apache-2.0
internal import Board
package import Host

/// The kernel and initrd that a machine starts, kept open for its resets.
package struct BootSource: ~Copyable, Sendable {
    let kernel: Descriptor
    let kernelByteCount: UInt64
    let initrd: Descriptor?
    let initrdByteCount: UInt64?
    let commandLine: String

    /// Takes over open files.
    package init(
        kernel: consuming Descriptor, initrd: consuming Descriptor?, commandLine: String
    ) throws(SystemCallError) {
        kernelByteCount = try kernel.status().byteCount
        if let file = initrd {
            initrdByteCount = try file.status().byteCount
            self.initrd = file
        } else {
            initrdByteCount = nil
            self.initrd = nil
        }
        self.kernel = kernel
        self.commandLine = commandLine
    }
}
