// SPDX-License-Identifier: Apache-2.0
package import Host

/// Where a console's port leads on the host.
///
/// Its descriptors become non-blocking, which every holder of the same open files sees.
package final class ConsoleEndpoint: Sendable {
    enum Kind: Sendable {
        case listener
        /// Descriptor numbers, owned by the endpoint.
        case streams(input: CInt?, output: CInt)
    }

    let kind: Kind
    private let first: Descriptor
    private let second: Descriptor?

    /// A listening socket; one client at a time is served.
    package init(listeningOn socket: consuming Descriptor) throws(SystemCallError) {
        try socket.setNonBlocking()
        kind = .listener
        first = socket
        second = nil
    }

    /// Open streams: what the guest writes goes to `output`.
    package init(output: consuming Descriptor) throws(SystemCallError) {
        try output.setNonBlocking()
        kind = .streams(input: nil, output: output.borrowed)
        first = output
        second = nil
    }

    /// Open streams in both directions. For one descriptor in both, pass a duplicate.
    package init(input: consuming Descriptor, output: consuming Descriptor) throws(SystemCallError) {
        try input.setNonBlocking()
        try output.setNonBlocking()
        kind = .streams(input: input.borrowed, output: output.borrowed)
        first = output
        second = consume input
    }

    var listener: CInt { first.borrowed }

    /// Takes the next client; `nil` where none waits.
    func acceptClient() throws(SystemCallError) -> Descriptor? { try first.accept() }
}
