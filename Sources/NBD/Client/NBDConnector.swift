// SPDX-License-Identifier: Apache-2.0
package import Host

/// The owner of a disk over NBD, who has the right to connect: the disk's own thread has not.
package protocol NBDConnector: AnyObject {
    /// Returns a new connection to the server, a stream socket on which nothing has been said yet. It may wait until
    /// there is one, at most until `deadline`.
    ///
    /// - Parameter deadline: Milliseconds of the monotonic clock.
    /// - Throws: That there will be none; it is not asked again for the same request.
    func connect(deadline: Int64) throws(NBDError) -> Descriptor
}
