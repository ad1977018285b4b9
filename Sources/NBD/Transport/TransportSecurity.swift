// SPDX-License-Identifier: Apache-2.0

/// What turns a connection into one over TLS. Any thread.
///
/// This module has no TLS of its own, so that a machine's process, which may only have a connection that its launcher
/// has secured, does not link one.
package protocol TransportSecurity: Sendable {
    /// Does the handshake and returns the transport for what follows.
    func secure(_ socket: SocketTransport) throws(NBDError) -> any ByteTransport
}
