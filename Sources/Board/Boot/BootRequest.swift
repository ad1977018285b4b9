// SPDX-License-Identifier: Apache-2.0

/// What a loader needs to know besides the kernel.
package struct BootRequest: Equatable, Sendable {
    /// The machine's layout.
    package var map: AddressMap
    /// The kernel's command line, without a zero byte.
    package var commandLine: String
    /// The size of the initrd in bytes; `nil` for none.
    package var initrdByteCount: UInt64?
    /// Where the ACPI root pointer (RSDP) lies.
    package var rootPointerAddress: UInt64

    package init(
        map: AddressMap, commandLine: String = "", initrdByteCount: UInt64? = nil, rootPointerAddress: UInt64
    ) {
        self.map = map
        self.commandLine = commandLine
        self.initrdByteCount = initrdByteCount
        self.rootPointerAddress = rootPointerAddress
    }
}
