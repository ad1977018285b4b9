// SPDX-License-Identifier: Apache-2.0

/// A file that firmware reads through fw_cfg (QEMU's docs/specs/fw_cfg.rst).
package struct FirmwareFile: Equatable, Sendable {
    /// The longest name, in bytes without the closing NUL.
    package static let maximumNameByteCount = 55

    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        precondition(name.utf8.count <= Self.maximumNameByteCount, "a file's name has at most 55 bytes")
        self.name = name
        self.bytes = bytes
    }
}
