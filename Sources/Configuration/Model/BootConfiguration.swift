// SPDX-License-Identifier: Apache-2.0

/// What the machine starts: a kernel, or the firmware that finds one on a disk.
package struct BootConfiguration: Equatable, Sendable {
    /// The longest command line that an x86 kernel keeps, in bytes without the closing NUL.
    package static let maximumCommandLineByteCount = 2047

    /// The kernel's image: bzImage or ELF.
    package var kernel: Resource?
    /// The initial RAM disk, when there is one.
    package var initrd: Resource?
    /// The kernel's command line; may be empty.
    package var commandLine: String
    /// The firmware, where there is no kernel.
    package var firmware: FirmwareConfiguration?

    /// Makes a boot of `kernel`.
    package init(kernel: Resource, initrd: Resource? = nil, commandLine: String = "") {
        self.kernel = kernel
        self.initrd = initrd
        self.commandLine = commandLine
    }

    /// Makes a boot by firmware.
    package init(firmware: FirmwareConfiguration) {
        self.firmware = firmware
        commandLine = ""
    }
}
