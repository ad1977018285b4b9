// SPDX-License-Identifier: Apache-2.0

/// A connection's bytes, in the clear for whoever uses it. Belongs to one thread.
package protocol ByteTransport: AnyObject {
    /// Appends what has come, at least one byte, and waits for it; false at the end of the stream.
    ///
    /// - Parameter room: How many bytes are expected, at least.
    func receive(into buffer: StreamBuffer, room: Int) throws(NBDError) -> Bool
    /// Sends all bytes of a buffer, waits for as long as that takes, and empties it.
    func send(_ buffer: StreamBuffer) throws(NBDError)
    /// Whether bytes have come that `socket` does not show any more.
    var hasPendingInput: Bool { get }
    /// What is below it.
    var socket: SocketTransport { get }
}
