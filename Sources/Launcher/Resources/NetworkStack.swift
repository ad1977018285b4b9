// SPDX-License-Identifier: Apache-2.0
internal import GuestKit
internal import Host

/// The user-mode network stack of a card: a process of `passt`.
enum NetworkStack {
    static let program = "passt"

    /// Starts the program on its end of a pair of sockets.
    ///
    /// - Parameter path: Another program in its place.
    static func start(_ socket: borrowing Descriptor, path: String? = nil) throws(SystemCallError) -> ServiceProcess {
        try ServiceProcess(
            path: path ?? Environment.program(program) ?? program,
            arguments: ["--foreground", "--quiet", "--stderr", "--fd", "3"], socket: socket,
            failure: "a network is down: \(program)")
    }
}
