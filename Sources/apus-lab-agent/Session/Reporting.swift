// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import LabWire

/// Sends reports on the control port.
enum Reporting {
    /// Sends a whole report, waiting while the port is full.
    static func send(_ report: LabReport, on port: borrowing Descriptor) throws(AgentError) {
        var rest = report.frame[...]
        while !rest.isEmpty {
            let count: Int
            do { count = try port.write(rest) } catch { throw AgentError("control port: \(error)") }
            rest = rest.dropFirst(count)
            if count == 0 {
                var watched = pollfd(fd: port.borrowed, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&watched, 1, 1000)
            }
        }
    }
}
