// SPDX-License-Identifier: Apache-2.0

/// Something of the host that a machine uses: a file, a device or a socket.
///
/// Who launches a machine names it by path and opens it; the process that runs the machine opens nothing and is
/// handed a descriptor.
package enum Resource: Equatable, Sendable {
    /// A path on the host. Only the launcher takes it.
    case path(String)
    /// An open descriptor that the process has inherited. Only the machine's process takes it.
    case descriptor(Int32)
}
