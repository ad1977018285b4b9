// SPDX-License-Identifier: Apache-2.0

/// The kernel and initrd that a machine starts without firmware.
package struct KernelSource: Sendable {
    let kernel: OpenFile
    let initrd: OpenFile?
    let commandLine: String

    package init(kernel: OpenFile, initrd: OpenFile?, commandLine: String) {
        self.kernel = kernel
        self.initrd = initrd
        self.commandLine = commandLine
    }
}
