// SPDX-License-Identifier: Apache-2.0

/// What guest and device have told each other about a port.
struct PortState: OptionSet, Sendable {
    let rawValue: UInt8
    /// The guest was told that the port is there.
    static let added = PortState(rawValue: 1)
    /// The guest has said that it is ready for the port.
    static let ready = PortState(rawValue: 2)
    /// The guest was told that the port is a console.
    static let knownAsConsole = PortState(rawValue: 4)
    /// The guest was told the port's name.
    static let named = PortState(rawValue: 8)
    /// The guest believes that someone on the host has the port open.
    static let hostOpen = PortState(rawValue: 16)
    /// A program in the guest has the port open.
    static let guestOpen = PortState(rawValue: 32)

    static let all: PortState = [added, ready, knownAsConsole, named, hostOpen, guestOpen]
}
