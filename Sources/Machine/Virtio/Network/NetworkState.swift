// SPDX-License-Identifier: Apache-2.0

/// What a network card carries to another process beside its queues: what its driver asked by the control queue.
struct NetworkState: DeviceState {
    /// A `ReceiveFilter.Mode`.
    var mode: UInt8 = ReceiveFilter.Mode.promiscuous.rawValue
    var address: UInt64 = 0
    var unicast: [UInt64] = []
    var multicast: [UInt64] = []
    var hasUnicastOverflow = false
    var hasMulticastOverflow = false
    var pairCount: UInt16 = 1
    var isAnnouncing = false

    static let fields: [StateField<NetworkState>] = [
        StateField(1, \.mode), StateField(2, \.address),
        StateField(3, \.unicast, maximum: ReceiveFilter.capacity),
        StateField(4, \.multicast, maximum: ReceiveFilter.capacity),
        StateField(5, \.hasUnicastOverflow), StateField(6, \.hasMulticastOverflow),
        StateField(7, \.pairCount), StateField(8, \.isAnnouncing),
    ]
}

extension NetworkState {
    init(_ settings: NetworkSettings) {
        mode = settings.filter.mode.rawValue
        address = settings.filter.address
        unicast = settings.filter.unicast
        multicast = settings.filter.multicast
        hasUnicastOverflow = settings.filter.hasUnicastOverflow
        hasMulticastOverflow = settings.filter.hasMulticastOverflow
        pairCount = UInt16(truncatingIfNeeded: settings.pairCount)
        isAnnouncing = settings.isAnnouncing
    }

    /// The settings that were saved.
    ///
    /// - Throws: Where a card of `pairLimit` queue pairs can never have them.
    func settings(pairLimit: Int) throws(StateError) -> NetworkSettings {
        guard mode & ~ReceiveFilter.Mode.all.rawValue == 0 else { throw .invalidValue(id: 1) }
        guard address >> 48 == 0 else { throw .invalidValue(id: 2) }
        guard unicast.allSatisfy({ $0 >> 48 == 0 }), !hasUnicastOverflow || unicast.isEmpty else {
            throw .invalidValue(id: 3)
        }
        guard multicast.allSatisfy({ $0 >> 48 == 0 }), !hasMulticastOverflow || multicast.isEmpty else {
            throw .invalidValue(id: 4)
        }
        guard 1...pairLimit ~= Int(pairCount) else { throw .invalidValue(id: 7) }
        var settings = NetworkSettings(address: address)
        settings.filter.mode = ReceiveFilter.Mode(rawValue: mode)
        settings.filter.setUnicast(hasUnicastOverflow ? nil : unicast)
        settings.filter.setMulticast(hasMulticastOverflow ? nil : multicast)
        settings.pairCount = Int(pairCount)
        settings.isAnnouncing = isAnnouncing
        return settings
    }
}
