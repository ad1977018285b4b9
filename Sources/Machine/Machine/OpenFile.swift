// SPDX-License-Identifier: Apache-2.0
package import Host

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
