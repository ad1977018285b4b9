// SPDX-License-Identifier: Apache-2.0
internal import GuestKit
internal import Host

/// The user-mode network stack of a card: a process of `passt`.
enum NetworkStack {
    static let program = "passt"

    /// Starts the program on its end of a pair of sockets.
    ///
    /// - Parameters:
    ///   - mtu: The packet size that it tells the guest; its own choice by default.
    ///   - path: Another program in its place.
    static func start(
        _ socket: borrowing Descriptor, mtu: Int? = nil, path: String? = nil
    ) throws(SystemCallError) -> ServiceProcess {
        try ServiceProcess(
            path: path ?? Environment.program(program) ?? program,
            arguments: ["--foreground", "--quiet", "--stderr", "--fd", "3"] + (mtu.map { ["--mtu", "\($0)"] } ?? []),
            socket: socket, failure: "a network is down: \(program)")
    }
}
