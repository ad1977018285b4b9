// SPDX-License-Identifier: Apache-2.0

/// Feature bits of the protocol itself (vhost-user protocol, "Protocol features").
package enum VhostUserFeature {
    /// Among the features of the device: the protocol has features of its own.
    package static let protocolFeatures: UInt64 = 1 << 30
    /// The number of queues can be asked for.
    package static let multipleQueues: UInt64 = 1 << 0
    /// Every request can ask to be answered.
    package static let replyAcknowledge: UInt64 = 1 << 3
}
