// SPDX-License-Identifier: Apache-2.0

/// What serves the queues of a network card on the host.
package enum NetworkBackend {
    /// Nothing: the link is down.
    case none
    /// This process moves the frames; one attachment for each queue pair.
    case frames([any FrameAttachment])
    /// The kernel moves the frames (vhost-net); one device of it for each queue pair.
    case kernel([VhostNetwork])

    /// Queue pairs that the driver may use.
    var pairCount: Int {
        switch self {
        case .none: 1
        case .frames(let attachments): attachments.count
        case .kernel(let devices): devices.count
        }
    }

    var isConnected: Bool {
        if case .none = self { false } else { true }
    }

    /// The features that it makes possible beside those that every card has.
    var features: UInt64 {
        switch self {
        case .none: 0
        case .frames(let attachments): attachments.first?.features ?? 0
        case .kernel(let devices): devices.first?.tap.features ?? 0
        }
    }

    /// The features of the rings that it lacks.
    var missingFeatures: UInt64 {
        if case .kernel(let devices) = self { devices.reduce(0) { $0 | $1.missingFeatures } } else { 0 }
    }
}
