// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Machine

/// A message router that leads to a test. It holds KVM's rules: an event has one connection at a time, and what is
/// taken off was there.
package final class RouterProbe: MessageRouter {
    /// A message that a number stands for.
    package struct Message: Equatable, Sendable {
        package let address: UInt64
        package let data: UInt32
    }

    /// The number that each connected event leads to.
    package private(set) var connections: [CInt: UInt32] = [:]
    /// The message of each number that has one.
    package private(set) var messages: [UInt32: Message] = [:]
    /// The rules that were broken, as sentences.
    package private(set) var violations: [String] = []
    private let limit: UInt32
    private var reserved: UInt32 = 0

    /// A router that has `limit` numbers to give; it throws beyond.
    package init(limit: UInt32 = 1000) {
        self.limit = limit
    }

    package func reserve() throws(SystemCallError) -> UInt32 {
        guard reserved < limit else { throw SystemCallError(call: "reserve", code: 28) }
        reserved += 1
        return reserved
    }

    package func setMessage(_ interrupt: UInt32, address: UInt64, data: UInt32) throws(SystemCallError) {
        if !isReserved(interrupt) { violations.append("a message for interrupt \(interrupt), which nobody reserved") }
        messages[interrupt] = Message(address: address, data: data)
    }

    package func connect(_ event: CInt, to interrupt: UInt32, isConnected: Bool) throws(SystemCallError) {
        if isConnected {
            if messages[interrupt] == nil { violations.append("event \(event) leads to a number without a message") }
            if connections[event] != nil { violations.append("event \(event) is connected twice") }
            connections[event] = interrupt
        } else {
            if connections[event] != interrupt { violations.append("event \(event) was not connected there") }
            connections[event] = nil
        }
    }

    private func isReserved(_ interrupt: UInt32) -> Bool { interrupt > 0 && interrupt <= reserved }
}
