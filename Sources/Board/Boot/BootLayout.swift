// SPDX-License-Identifier: Apache-2.0

/// Where the loaders put their own structures: in conventional memory, which no kernel segment may touch.
enum BootLayout {
    static let descriptorTable: UInt64 = 0x500
    /// `hvm_start_info` or the multiboot information, with their lists behind it.
    static let startInfo: UInt64 = 0x6000
    /// Linux's `boot_params`, one page.
    static let bootParameters: UInt64 = 0x7000
    /// One page of stack ends here.
    static let stackEnd: UInt64 = 0x9000
    /// The identity map of 4 GiB: six pages.
    static let pageTables: UInt64 = 0x9000
    static let commandLine: UInt64 = 0x2_0000
    /// The most bytes a command line may have, its ending zero not counted.
    static let commandLineLimit = 0xffff

    static let codeSelector: UInt16 = 0x10
    static let dataSelector: UInt16 = 0x18
    static let taskSelector: UInt16 = 0x20
}
