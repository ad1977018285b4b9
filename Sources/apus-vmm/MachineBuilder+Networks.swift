// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Host
internal import Machine

/// Network cards.
extension MachineBuilder {
    func network(_ index: Int) throws(BuildError) -> MachineParts.NamedDevice {
        let object = "network card \(index)"
        let network = configuration.networks[index]
        do {
            let started: NetworkStartEvent? =
                if let number = network.startEvent {
                    NetworkStartEvent(owning: try Inherited.take(number, object))
                } else { nil }
            let device = try VirtioNetwork(
                try Self.backend(network, object), address: configuration.macAddress(ofNetwork: index),
                mtu: network.mtu.map { UInt16(clamping: $0) }, started: started)
            return .init(
                name: "net\(index)", device: device,
                filter: network.vhost ? ThreadFilters.kernelNetwork : ThreadFilters.network)
        } catch let error as BuildError {
            throw error
        } catch { throw BuildError(object, "\(error)") }
    }

    private static func backend(_ network: NetworkConfiguration, _ object: String) throws -> NetworkBackend {
        switch network.attachment {
        case .tap(_, let descriptors):
            let taps = try descriptors.map { number in
                try TapAttachment(
                    owning: try Inherited.take(number, object), isOneOfSeveral: descriptors.count > 1)
            }
            guard !taps.isEmpty else { throw BuildError(object, "no descriptor of its TAP was given") }
            guard network.vhost else { return .frames(taps) }
            return .kernel(
                try zip(network.vhostDescriptors, taps).map { number, tap in
                    try VhostNetwork(owning: try Inherited.take(number, object), tap: tap)
                })
        case .user(let descriptor):
            guard let descriptor else { throw BuildError(object, "no descriptor of its user network was given") }
            return .frames([PasstAttachment(owning: try Inherited.take(descriptor, object))])
        case .none: return .none
        }
    }
}
