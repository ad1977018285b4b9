// SPDX-License-Identifier: Apache-2.0

/// A request of the front-end (vhost-user protocol, "Front-end message types"); the raw value is its number.
package enum VhostUserRequest: UInt32, Sendable {
    case getFeatures = 1
    case setFeatures = 2
    case setOwner = 3
    case setMemoryTable = 5
    case setRingSize = 8
    case setRingAddresses = 9
    case setRingBase = 10
    case getRingBase = 11
    case setRingKick = 12
    case setRingCall = 13
    case getProtocolFeatures = 15
    case setProtocolFeatures = 16
    case getQueueCount = 17
    case setRingEnable = 18
}
