// SPDX-License-Identifier: Apache-2.0

/// The names of the virtio-serial ports between the host and the agent.
package enum PortName {
    /// Orders one way, reports the other.
    package static let control = "apus.control"
    /// Standard input one way, standard output the other.
    package static let stream = "apus.stream"
    /// Standard error.
    package static let errors = "apus.errors"
}
