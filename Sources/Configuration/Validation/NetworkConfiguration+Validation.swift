// SPDX-License-Identifier: Apache-2.0

extension NetworkConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        switch attachment {
        case .none: break
        case .user(let descriptor): inspectUser(descriptor, &inspection, at: place)
        case .tap(let name, let descriptors):
            inspectName(name, &inspection, at: "\(place).name")
            inspectQueues(descriptors, &inspection, at: "\(place).descriptors")
        }
        inspectQueueCount(&inspection, at: place)
        inspectVhost(&inspection, at: place)
        if let startEvent { inspection.descriptor(startEvent, at: "\(place).startEvent") }
        if let mtu {
            let largest = isUser ? Self.largestUserPacketSize : Self.allowedPacketSizes.upperBound
            inspection.number(
                mtu, in: Self.allowedPacketSizes.lowerBound...largest, unit: "bytes", at: "\(place).mtu")
        }
        if let mac, !mac.isUnicast {
            inspection.report(
                .invalidValue, "\(place).mac", found: "\(mac) names no single card",
                remedy: "use an address whose first byte is even and that is not all zeroes")
        }
    }

    private func inspectUser(_ descriptor: Int32?, _ inspection: inout Inspection, at place: String) {
        if let descriptor {
            inspection.descriptor(descriptor, at: "\(place).descriptor")
        } else if inspection.audience == .machine {
            inspection.report(
                .missing, "\(place).descriptor", found: "no socket of the user-mode network stack",
                remedy: "hand over a connected stream socket")
        }
    }

    private func inspectName(_ name: String, _ inspection: inout Inspection, at place: String) {
        inspection.length(of: name, in: 1...Self.maximumInterfaceNameByteCount, at: place)
        let isForbidden = { (byte: UInt8) in
            byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":")
                || byte == UInt8(ascii: "%")
        }
        if name == "." || name == ".." || name.utf8.contains(where: isForbidden) {
            inspection.report(
                .invalidValue, place, found: "\(quoted(name)) cannot be the name of an interface",
                remedy: "use letters, digits, '-', '_' and '.'")
        }
        inspection.once(name, what: "TAP interface", at: place)
    }

    private func inspectQueues(_ descriptors: [Int32], _ inspection: inout Inspection, at place: String) {
        for (index, descriptor) in descriptors.enumerated() {
            inspection.descriptor(descriptor, at: "\(place)[\(index)]")
        }
        if inspection.audience == .machine, descriptors.count != queueCount {
            inspection.report(
                .outOfRange, place, found: "\(descriptors.count) TAP queues for \(queueCount) queue pairs",
                remedy: "hand over one descriptor for each")
        }
    }

    private func inspectQueueCount(_ inspection: inout Inspection, at place: String) {
        inspection.number(queueCount, in: Self.allowedQueueCounts, unit: "queue pairs", at: "\(place).queueCount")
        if queueCount > 1, !isTap {
            inspection.report(
                .conflict, "\(place).queueCount", found: "\(queueCount) queue pairs without a TAP interface",
                remedy: "only tap=NAME has several")
        }
    }

    private func inspectVhost(_ inspection: inout Inspection, at place: String) {
        if vhost, !isTap {
            inspection.report(
                .conflict, "\(place).vhost", found: "vhost-net without a TAP interface",
                remedy: "the kernel serves tap=NAME only")
        }
        for (index, descriptor) in vhostDescriptors.enumerated() {
            inspection.descriptor(descriptor, at: "\(place).vhostDescriptors[\(index)]")
        }
        let expected = vhost ? queueCount : 0
        if inspection.audience == .machine, vhostDescriptors.count != expected {
            inspection.report(
                .outOfRange, "\(place).vhostDescriptors",
                found: "\(vhostDescriptors.count) descriptors of vhost-net for \(expected) queue pairs",
                remedy: "hand over one for each where vhost is true")
        }
    }

    private var isUser: Bool {
        if case .user = attachment { true } else { false }
    }

    private var isTap: Bool {
        if case .tap = attachment { true } else { false }
    }
}
