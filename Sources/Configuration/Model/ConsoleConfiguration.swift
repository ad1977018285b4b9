// SPDX-License-Identifier: Apache-2.0

/// Where the guest's console leads.
package enum ConsoleConfiguration: Equatable, Sendable {
    /// The launcher's own standard input and output. Only the launcher takes it.
    case terminal
    /// Two open descriptors, which may be the same one; without an input the guest reads nothing. Only the machine's
    /// process takes it.
    case streams(input: Int32?, output: Int32)
    /// A file that the output is appended to; the guest reads nothing.
    case file(Resource)
    /// A Unix socket that one client at a time connects to. A descriptor is a listening socket.
    case socket(Resource)
}
