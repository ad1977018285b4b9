// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Machine
internal import QMP

/// Network cards and threads as the monitor sees them. Called on the control thread.
extension MachineProcess {
    var monitorNetworks: [MonitorNetwork] {
        networkCards.map { name, card in Self.describe(name, card.settings.filter) }
    }

    var monitorThreads: [MonitorThread] {
        machine.deviceThreadNames.map {
            MonitorThread(name: $0.name, threadIdentifier: Int32(truncatingIfNeeded: $0.identifier))
        }
    }

    func monitorSetLink(_ name: String, isUp: Bool) throws(MonitorError) {
        for (candidate, card) in networkCards where candidate == name { card.setLink(isUp: isUp) }
    }

    func monitorAnnounce(_ announcement: MonitorAnnouncement) throws(MonitorError) {
        announcer.begin(announcement)
    }

    /// The cards by their names in the monitor: `net0`, `net1` …
    static func networkCards(of machine: Machine) -> [(name: String, card: VirtioNetwork)] {
        machine.functions.compactMap { function in
            (function.device as? VirtioNetwork).map { (function.name, $0) }
        }
    }

    private var networkCards: [(name: String, card: VirtioNetwork)] { Self.networkCards(of: machine) }

    private static func describe(_ name: String, _ filter: ReceiveFilter) -> MonitorNetwork {
        let text = { (address: UInt64) in MACAddress(rawValue: address).description }
        var network = MonitorNetwork(name: name, address: text(filter.address))
        network.isPromiscuous = filter.mode.contains(.promiscuous)
        network.multicast = reception(filter, none: .noMulticast, all: .allMulticast)
        network.unicast = reception(filter, none: .noUnicast, all: .allUnicast)
        network.isBroadcastAllowed = !filter.mode.contains(.noBroadcast)
        network.hasMulticastOverflow = filter.hasMulticastOverflow
        network.hasUnicastOverflow = filter.hasUnicastOverflow
        network.unicastTable = filter.unicast.map(text)
        network.multicastTable = filter.multicast.map(text)
        return network
    }

    private static func reception(
        _ filter: ReceiveFilter, none: ReceiveFilter.Mode, all: ReceiveFilter.Mode
    ) -> MonitorNetwork.Reception {
        if filter.mode.contains(none) { return .none }
        return filter.mode.contains(all) ? .all : .normal
    }
}
