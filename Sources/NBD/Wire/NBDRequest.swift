// SPDX-License-Identifier: Apache-2.0

/// A request of the transmission phase ("NBD protocol", "Request message").
package struct NBDRequest: Equatable, Sendable {
    package var command: NBDCommand
    package var flags: NBDCommandFlags
    /// What its answer carries, so that the client knows it.
    package var cookie: UInt64
    /// The first byte, and how many.
    package var offset: UInt64
    package var length: UInt32

    package init(
        _ command: NBDCommand, flags: NBDCommandFlags = [], cookie: UInt64, offset: UInt64 = 0, length: UInt32 = 0
    ) {
        self.command = command
        self.flags = flags
        self.cookie = cookie
        self.offset = offset
        self.length = length
    }

    /// Bytes of the header.
    static let headerByteCount = 28
    /// Bytes that follow the header.
    package var payloadByteCount: Int { command == .write ? Int(length) : 0 }
    /// The bytes that it is about; it must have been checked that they lie within a disk.
    var range: Range<UInt64> { offset..<offset &+ UInt64(length) }

    /// Appends the header.
    func append(to output: StreamBuffer) {
        output.append(NBDMagic.request)
        output.append(flags.rawValue)
        output.append(command.rawValue)
        output.append(cookie)
        output.append(offset)
        output.append(length)
    }
}
